// The head and its loss in one op: the plain ops' values and gradients, and what it does not
// compute.
#include <cmath>
#include <functional>

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Tensor& value) { return Var(value, true); }

constexpr int64_t kRealBytes = sizeof(real);

// Buffers of this size that are handed out next hold NaN: what is read unwritten shows.
void leave_nan(const Shape& shape) {
  std::vector<Tensor> buffers;
  for (int i = 0; i < 4; ++i) buffers.push_back(Tensor::full(shape, real(NAN)));
}

// The most that tensors take, beyond what there was before, while `work` runs.
int64_t extra_bytes(const std::function<void()>& work) {
  int64_t before = memory_statistics().live_bytes;
  reset_peak_memory();
  work();
  return memory_statistics().peak_bytes - before;
}

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("linear_cross_entropy: loss and both gradients are the plain ops', for any chunk") {
    const Ids labels{70, kIgnoredLabel, 0, 12, 12, kIgnoredLabel, 1, 33, 8};
    Tensor input = random_tensor({9, 5}, 31), table = random_tensor({71, 5}, 32);
    for (CrossEntropyOptions options : {CrossEntropyOptions{},
                                        {real(0.3), 0, 0},
                                        {0, real(0.2), 0},
                                        {real(0.3), real(0.2), 11}}) {
      Var x = leaf(input), w = leaf(table);
      Var plain = cross_entropy(linear(x, w), labels, options);
      plain.backward(Tensor::scalar(3));
      for (int64_t chunk : {0, 1, 2, 3, 6, 7, 20}) {
        INFO("chunk ", chunk, ", label_smoothing ", options.label_smoothing, ", z_loss ",
             options.z_loss, ", normalizer ", options.normalizer);
        Var u = leaf(input), v = leaf(table);
        leave_nan(table.shape());
        Var loss = linear_cross_entropy(u, v, labels, options, chunk);
        CHECK(loss.item() == doctest::Approx(plain.item()).epsilon(kSums));
        loss.backward(Tensor::scalar(3));  // the loss may be a part of something larger
        CHECK(difference(u.grad(), x.grad()) == "");
        CHECK(difference(v.grad(), w.grad()) == "");
      }
    }
  }

  TEST_CASE("linear_cross_entropy: even logits cost log V, whatever the labels; one row by hand") {
    Var zeros(Tensor::zeros({5, 4})), w(random_tensor({71, 4}, 33));
    CHECK(linear_cross_entropy(zeros, w, {0, 70, 3, 3, 9}, {}, 2).item() ==
          doctest::Approx(std::log(71.0)));
    // Two rows of M = 1 with the logits (1, 2, 3), whose softmax is p, and (0, 0, 0).
    Var x = leaf(Tensor::from({2, 1}, {1, 0})), table = leaf(Tensor::from({3, 1}, {1, 2, 3}));
    linear_cross_entropy(x, table, {1, 2}, {.normalizer = 1}, 1).backward();
    const real p[] = {real(0.0900305732), real(0.2447284711), real(0.6652409558)};
    Tensor dx = Tensor::from({2, 1}, {p[0] + 2 * (p[1] - 1) + 3 * p[2], -1});
    CHECK(difference(x.grad(), dx, 1e-6) == "");
    CHECK(difference(table.grad(), Tensor::from({3, 1}, {p[0], p[1] - 1, p[2]}), 1e-6) == "");
  }

  TEST_CASE("linear_cross_entropy: gradients add to what is there, and a constant gets none") {
    const Ids labels{1, 2, 0, 4};
    Tensor input = random_tensor({4, 3}, 34), table = random_tensor({5, 3}, 35);
    auto twice = [](real g) { return 2 * g; };
    Var x = leaf(input), w = leaf(table), frozen(table), constant(input);
    linear_cross_entropy(x, w, labels, {}, 1).backward();
    Tensor dx = map(twice, x.grad()), dw = map(twice, w.grad());
    linear_cross_entropy(x, frozen, labels, {}, 1).backward();
    linear_cross_entropy(constant, w, labels, {}, 1).backward();
    CHECK(difference(x.grad(), dx) == "");
    CHECK(difference(w.grad(), dw) == "");
    CHECK_FALSE(frozen.grad().defined());
    CHECK_FALSE(constant.grad().defined());
    CHECK_FALSE(linear_cross_entropy(constant, frozen, labels, {}, 1).requires_grad());
  }

  TEST_CASE("linear_cross_entropy: a forward pass alone leaves every gradient as it was") {
    const Ids labels{1, 2, 0, 4};
    Var x = leaf(random_tensor({4, 3}, 36)), w = leaf(random_tensor({5, 3}, 37));
    linear_cross_entropy(x, w, labels, {}, 2).backward();
    Tensor dw = w.grad().contiguous_copy();
    Var unused = linear_cross_entropy(x, w, labels, {}, 2);
    CHECK(identical(w.grad(), dw));
    CHECK(error_of([&] {
            unused.backward();
            unused.backward();
          }).find("called twice") != std::string::npos);
  }

  TEST_CASE("linear_cross_entropy: memory is a chunk's logits and a gradient of W, no more") {
    const int64_t rows = 64, width = 64, vocabulary = 4096, chunk = 4;
    const int64_t table = vocabulary * width * kRealBytes, logits = chunk * vocabulary * kRealBytes;
    Var x = leaf(random_tensor({rows, width}, 38)),
        w = leaf(random_tensor({vocabulary, width}, 39));
    auto step = [&] { linear_cross_entropy(x, w, Ids(rows, 7), {}, chunk).backward(); };
    int64_t bytes = extra_bytes(step);
    INFO(bytes, " bytes; a chunk's logits ", logits, ", W ", table);
    CHECK(bytes < (logits + table) * 5 / 4);
    NoGrad no_grad;
    CHECK(extra_bytes([&] { linear_cross_entropy(x, w, Ids(rows, 7), {}, chunk); }) <
          logits * 5 / 4);
  }

  TEST_CASE("linear_cross_entropy: rows whose label is -100 have no logits at all") {
    const int64_t rows = 256, vocabulary = 4096;
    Var x = leaf(random_tensor({rows, 8}, 40)), w = leaf(random_tensor({vocabulary, 8}, 41));
    Ids labels(rows, kIgnoredLabel);
    labels[3] = 7, labels[200] = 9;
    NoGrad no_grad;
    CHECK(extra_bytes([&] { linear_cross_entropy(x, w, labels); }) < 4 * vocabulary * kRealBytes);
  }

  TEST_CASE("linear_cross_entropy: ignored rows get a gradient of zero, and may be all there is") {
    Var x = leaf(random_tensor({3, 4}, 42)), w = leaf(random_tensor({5, 4}, 43));
    linear_cross_entropy(x, w, {2, kIgnoredLabel, 1}, {}, 1).backward();
    CHECK(zero_share(x.grad().select(0, 1)) == 1);
    CHECK(zero_share(x.grad().select(0, 2)) == 0);
    const Ids none(3, kIgnoredLabel);
    Var y = leaf(x.value()), v = leaf(w.value());
    Var nothing = linear_cross_entropy(y, v, none, {.normalizer = 2});
    CHECK(nothing.item() == 0);
    nothing.backward();
    CHECK(zero_share(y.grad()) == 1);
    CHECK(zero_share(v.grad()) == 1);
    CHECK(error_of([&] { linear_cross_entropy(x, w, none); }) ==
          "cross_entropy: every label is -100: there is nothing to learn from");
  }

  TEST_CASE("linear_cross_entropy: what does not fit is refused, with its shape") {
    Var x(counting({2, 3})), w(counting({5, 3}));
    CHECK(error_of([&] { linear_cross_entropy(x, w, {0}); }) ==
          "linear_cross_entropy: input (2, 3) for 1 labels");
    CHECK(error_of([&] {
            linear_cross_entropy(x, Var(counting({5, 4})), {0, 1});
          }) == "linear_cross_entropy: input (2, 3) does not fit weight (5, 4)");
    CHECK(error_of([&] {
            linear_cross_entropy(x, w, {0, 5}, {}, 1);
          }) == "cross_entropy: label 5 is outside the vocabulary of 5; padding must be -100");
  }
}
