// The profile: every op's time and work, forwards and backwards, and nothing when nobody looks.
#include <chrono>

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/profile.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

void spend(double seconds) {
  auto start = std::chrono::steady_clock::now();
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds)
    ;
}

// An op that takes so long.
Var slow(const char* name, const Var& x, double forward, double backward) {
  spend(forward);
  return make_op(name, x.value(), {x}, [=](const Tensor& dy) {
    spend(backward);
    x.add_grad(dy);
  });
}

Profile::Row row(const Profile& profile, const char* op, Pass pass) {
  auto found = profile.rows().find({op, pass});
  REQUIRE_MESSAGE(found != profile.rows().end(), "no lap of ", op);
  return found->second;
}

Var leaf(const Shape& shape) { return Var(random_tensor(shape, 3), true); }

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("profile: an op is charged with its own time, forwards and backwards") {
    Profile profile;
    {
      Profiling timing(&profile);
      slow("second", slow("first", leaf({3}), 0.03, 0.01), 0.005, 0.05).backward(counting({3}));
    }
    auto time = [&](const char* op, Pass pass) { return row(profile, op, pass).seconds; };
    // Another program may hold this one up, so that bounds are on one side only.
    CHECK(time("first", Pass::kForward) >= 0.03);
    CHECK(time("second", Pass::kForward) >= 0.005);
    CHECK(time("second", Pass::kBackward) >= 0.05);
    CHECK(time("first", Pass::kBackward) >= 0.01);
    double sum = 0;
    for (const auto& [key, row] : profile.rows()) sum += row.seconds;
    CHECK(sum <= profile.seconds());
    CHECK(profile.seconds() - sum < 0.05);  // what lies between the laps
  }

  TEST_CASE("profile: the multiply-adds of linear and of attention are those of their products") {
    Profile profile;
    Segments queries({70, 3}), keys({5, 9});
    {
      Profiling timing(&profile);
      Var x = leaf({73, 8}), w = leaf({6, 8});
      linear(linear(x, w), leaf({4, 6})).backward(random_tensor({73, 4}, 1));
      attention(x, leaf({14, 8}), leaf({14, 8}), {}, {2, queries, keys}, {})
          .backward(random_tensor({73, 8}, 2));
    }
    auto forward = row(profile, "linear", Pass::kForward);
    CHECK(forward.calls == 2);
    CHECK(forward.multiply_adds == 73 * 6 * 8 + 73 * 4 * 6);
    CHECK(row(profile, "linear", Pass::kBackward).multiply_adds == 2 * forward.multiply_adds);
    double scores = 2 * (70 * 5 + 3 * 9), width = 4;  // of both heads
    CHECK(row(profile, "attention", Pass::kForward).multiply_adds == 2 * scores * width);
    CHECK(row(profile, "attention", Pass::kBackward).multiply_adds == 4 * scores * width);
  }

  TEST_CASE("profile: the future that a causal mask hides is not counted, a tile at a time") {
    Profile profile;
    Segments segments({130});
    Profiling timing(&profile);
    Var x = leaf({130, 4});
    attention(x, x, x, {}, {1, segments, segments, true}, {});
    CHECK(row(profile, "attention", Pass::kForward).multiply_adds ==
          2 * 4 * (64 * 64 + 64 * 128 + 2 * 130));
  }

  TEST_CASE("profile: bytes are those of every operand, once, or less where less is touched") {
    Profile profile;
    {
      Profiling timing(&profile);
      Var table = leaf({100, 8}), weight(random_tensor({8}, 5));
      Var x = rms_norm(gather_rows(table, {3, 1, 3}), weight, real(1e-6));
      reshape(x, {4, 6}).backward(random_tensor({4, 6}, 6));
    }
    auto elements = [&](const char* op, Pass pass) {
      return row(profile, op, pass).bytes / static_cast<double>(sizeof(real));
    };
    CHECK(elements("gather_rows", Pass::kForward) == 2 * 24);   // three rows read and written
    CHECK(elements("gather_rows", Pass::kBackward) == 3 * 24);  // dy, and the rows it is added to
    CHECK(elements("rms_norm", Pass::kForward) == 24 + 8 + 24);
    CHECK(elements("rms_norm", Pass::kBackward) == 24 + 2 * 24 + 8);  // the weight has no gradient
    CHECK(elements("reshape", Pass::kForward) == 0);
  }

  TEST_CASE("profile: without recording, ops are timed forwards and have no backward") {
    Profile profile;
    Profiling timing(&profile);
    NoGrad no_grad;
    exp(leaf({2}));
    CHECK(row(profile, "exp", Pass::kForward).calls == 1);
    CHECK(profile.rows().size() == 1);
  }

  TEST_CASE("profile: nobody is timed outside a scope, and a scope ends where it ends") {
    CHECK(Profile::current() == nullptr);
    Profile outer, inner;
    {
      Profiling timing(&outer);
      {
        Profiling nested(&inner);
        exp(leaf({2}));
        Profiling none(nullptr);
        CHECK(Profile::current() == nullptr);
        exp(leaf({2}));
      }
      CHECK(Profile::current() == &outer);
    }
    CHECK(Profile::current() == nullptr);
    CHECK(outer.rows().empty());
    CHECK(row(inner, "exp", Pass::kForward).calls == 1);
  }

  TEST_CASE("profile: threads side by side count with their mean time and all of their work") {
    std::vector<Profile> threads(2);
    for (Profile& thread : threads) {
      Profiling timing(&thread);
      slow("op", linear(leaf({2, 3}), leaf({5, 3})), 0.02, 0);
    }
    Profile profile;
    profile.lap(threads);
    double first = row(threads[0], "op", Pass::kForward).seconds,
           second = row(threads[1], "op", Pass::kForward).seconds;
    CHECK(row(profile, "op", Pass::kForward).seconds == doctest::Approx((first + second) / 2));
    CHECK(row(profile, "linear", Pass::kForward).calls == 2);
    CHECK(row(profile, "linear", Pass::kForward).multiply_adds == 2 * 2 * 3 * 5);
  }
}
