// The table of a profile: order, shares that add up, rates against their bounds.
#include <chrono>
#include <thread>

#include "autograd/fused/fused.h"
#include "t5/report/profile_table.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

void sleep_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Two steps of two ops, one with products, and of time that is nobody's.
Profile two_steps() {
  Profile profile;
  for (int step = 0; step < 2; ++step) {
    Profiling timing(&profile);
    sleep_for(2);
    profile.lap("short", Pass::kNone, 1e6);
    sleep_for(8);
    Var x(random_tensor({20, 30}, 1), true), w(random_tensor({10, 30}, 2));
    linear(x, w);
    sleep_for(4);
    profile.end_step();
  }
  return profile;
}

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("profile table: slowest first, other last, all together the time of a step") {
    Profile profile = two_steps();
    std::vector<ProfileLine> lines = profile_lines(profile, {1e9, 1e9});
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].name == "linear, forward");
    CHECK(lines[1].name == "short");
    CHECK(lines[2].name == "other");
    double seconds = 0, share = 0;
    for (const ProfileLine& line : lines) seconds += line.seconds, share += line.share;
    CHECK(seconds == doctest::Approx(profile.seconds() / 2));
    CHECK(share == doctest::Approx(1));
    CHECK(lines[0].calls == 1);
    CHECK(lines[0].seconds >= 0.008);
    CHECK(lines[2].seconds >= 0.004);
  }

  TEST_CASE("profile table: the bound is the products or the memory, whichever takes longer") {
    Profile profile = two_steps();
    double operations = 2.0 * 20 * 30 * 10, bytes = sizeof(real) * (20 * 30 + 10 * 30 + 20 * 10.0);
    ProfileLine products = profile_lines(profile, {1e6, 1e9})[0];
    CHECK(products.operation_rate == doctest::Approx(operations / products.seconds));
    CHECK(products.byte_rate == 0);
    CHECK(products.ratio == doctest::Approx(products.seconds / (operations / 1e6)));
    ProfileLine memory = profile_lines(profile, {1e12, 1e6})[0];
    CHECK(memory.ratio == doctest::Approx(memory.seconds / (bytes / 1e6)));
    ProfileLine moves = profile_lines(profile, {1e9, 1e9})[1];
    CHECK(moves.byte_rate == doctest::Approx(1e6 / moves.seconds));
    CHECK(moves.ratio == doctest::Approx(moves.seconds / (1e6 / 1e9)));
  }

  TEST_CASE("profile table: as it is printed, the sum at the foot") {
    std::string table = profile_table(two_steps(), {200e9, 20e9});
    CHECK(table.find("mean of 2 steps") != std::string::npos);
    CHECK(table.find("products at 200 GFLOP/s") != std::string::npos);
    CHECK(table.find("\nlinear, forward") < table.find("\nshort"));
    CHECK(table.find("\nother") < table.find("\na step"));
    CHECK(table.find("100.0 %\n") != std::string::npos);
  }
}
