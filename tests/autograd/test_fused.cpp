// Cross-entropy and the fused layers' ops: what the gradient table does not show.
#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Tensor& value) { return Var(value, true); }

}  // namespace

TEST_SUITE("05-layers") {
  TEST_CASE("linear: y = x W', dx = dy W, dW = dy' x, as three loops would have it") {
    const int64_t N = 3, in = 5, out = 2;  // all different: a transposition cannot hide
    Tensor x = random_tensor({N, in}, 21), w = random_tensor({out, in}, 22),
           dy = random_tensor({N, out}, 23);
    Tensor y = Tensor::zeros({N, out}), dx = Tensor::zeros({N, in}), dw = Tensor::zeros({out, in});
    for (int64_t n = 0; n < N; ++n)
      for (int64_t o = 0; o < out; ++o)
        for (int64_t i = 0; i < in; ++i) {
          y.mutable_data()[n * out + o] += x.at({n, i}) * w.at({o, i});
          dx.mutable_data()[n * in + i] += dy.at({n, o}) * w.at({o, i});
          dw.mutable_data()[o * in + i] += dy.at({n, o}) * x.at({n, i});
        }
    Var input = leaf(x), weight = leaf(w), result = linear(input, weight);
    CHECK(difference(result.value(), y) == "");
    result.backward(dy);
    CHECK(difference(input.grad(), dx) == "");
    CHECK(difference(weight.grad(), dw) == "");
    Var constant(x), frozen(w);  // no gradient is wanted, so none may be computed
    linear(constant, weight).backward(dy);
    linear(input, frozen).backward(dy);
    CHECK_FALSE(constant.grad().defined());
    CHECK_FALSE(frozen.grad().defined());
  }

  TEST_CASE("linear: x W', and accumulation into gradients that are already there") {
    Var x = leaf(Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6})), w = leaf(counting({2, 3}));
    CHECK(linear(x, w).value().to_vector() == std::vector<real>{8, 26, 17, 62});
    sum(linear(x, w)).backward();
    Tensor dw = w.grad().contiguous_copy();
    INFO("grad_target() says by its beta whether the memory holds shares already, or anything");
    CHECK(dw.to_vector() == std::vector<real>{5, 7, 9, 5, 7, 9});
    sum(linear(x, w)).backward();
    CHECK(w.grad().to_vector() == std::vector<real>{10, 14, 18, 10, 14, 18});
    CHECK(error_of([&] {
            linear(x, leaf(counting({2, 4})));
          }) == "linear: input (2, 3) does not fit weight (2, 4)");
  }

  TEST_CASE("cross_entropy: loss and gradient as the definition has them, in double") {
    const int64_t N = 4, V = 5;
    const Ids labels{2, kIgnoredLabel, 0, 4};
    Tensor x = random_tensor({N, V}, 24);
    for (CrossEntropyOptions options :
         {CrossEntropyOptions{}, {real(0.3), 0, 0}, {0, real(0.2), 0}, {real(0.3), real(0.2), 7}}) {
      INFO("label_smoothing ", options.label_smoothing, ", z_loss ", options.z_loss,
           ", normalizer ", options.normalizer);
      double loss = 0, share = 1.0 / (options.normalizer > 0 ? options.normalizer : 3);
      Tensor dx = Tensor::zeros({N, V});
      for (int64_t r = 0; r < N; ++r) {
        if (labels[r] == kIgnoredLabel) continue;
        double total = 0;
        for (int64_t i = 0; i < V; ++i) total += std::exp(double(x.at({r, i})));
        double log_z = std::log(total);
        loss += share * options.z_loss * log_z * log_z;
        for (int64_t i = 0; i < V; ++i) {
          double p = std::exp(x.at({r, i}) - log_z);
          double q = (1 - options.label_smoothing) * (i == labels[r]) +
                     double(options.label_smoothing) / V;
          loss -= share * q * std::log(p);
          dx.mutable_data()[r * V + i] = real(2 * share * (p - q + 2 * options.z_loss * log_z * p));
        }
      }
      Var fused = leaf(x), twin = leaf(x);
      Var a = cross_entropy(fused, labels, options),
          b = reference::cross_entropy(twin, labels, options);
      CHECK(a.item() == doctest::Approx(loss).epsilon(kSums));
      CHECK(b.item() == doctest::Approx(loss).epsilon(kSums));
      a.backward(Tensor::scalar(2));  // the loss may be a part of something larger
      b.backward(Tensor::scalar(2));
      CHECK(difference(fused.grad(), dx) == "");
      CHECK(difference(twin.grad(), dx) == "");
    }
  }

  TEST_CASE("cross_entropy: the gradient of a row is softmax minus one-hot, and sums to zero") {
    Var x = leaf(Tensor::from({1, 3}, {1, 2, 3}));
    cross_entropy(x, {1}).backward();
    // softmax(1, 2, 3) = 0.0900, 0.2447, 0.6652
    Tensor expected =
        Tensor::from({1, 3}, {real(0.0900305732), real(0.2447284711) - 1, real(0.6652409558)});
    CHECK(difference(x.grad(), expected, 1e-6) == "");
    CHECK(std::abs(sum(x.grad()).item()) < 1e-6);
  }

  TEST_CASE("cross_entropy: the twin takes logits whose softmax rounds to zero") {
    Var x = leaf(Tensor::from({2, 2}, {1000, -1000, 0, 3000}));
    Var loss = reference::cross_entropy(x, {1, 1});
    CHECK(loss.item() == doctest::Approx(1000));  // (2000 + 0) / 2
    loss.backward();
    CHECK(difference(x.grad(), Tensor::from({2, 2}, {real(0.5), real(-0.5), 0, 0})) == "");
  }

  TEST_CASE("cross_entropy: logits given away give the same loss and gradients") {
    const Ids labels{2, kIgnoredLabel, 0, 4};
    const CrossEntropyOptions options{real(0.1), real(0.01), 0};
    Tensor x = random_tensor({4, 6}, 1), weight = random_tensor({5, 6}, 2);
    auto run = [&](bool keep) {
      Var w = leaf(weight), input = leaf(x);
      Var logits = linear(input, w), kept = keep ? logits : Var();
      CHECK(logits.sole_owner() == !keep);
      Var loss = cross_entropy(std::move(logits), labels, options);
      loss.backward();
      return std::vector<Tensor>{loss.value(), w.grad(), input.grad()};
    };
    std::vector<Tensor> given = run(false), kept = run(true);
    for (size_t i = 0; i < given.size(); ++i) CHECK(identical(given[i], kept[i]));
  }

  TEST_CASE("cross_entropy: logits that somebody still sees are never touched") {
    const Ids labels{1, 0};
    Var x = leaf(random_tensor({2, 3}, 3));
    Tensor before = x.value().contiguous_copy();
    cross_entropy(x, labels).backward();  // a leaf that the caller holds
    CHECK(identical(x.value(), before));
    Var scaled = x * real(2);
    Tensor seen = scaled.value(), copy = seen.contiguous_copy();
    cross_entropy(std::move(scaled), labels).backward();  // a tensor that the caller holds
    CHECK(identical(seen, copy));
    cross_entropy(reshape(x, {2, 3}), labels).backward();  // a view of what the caller holds
    CHECK(identical(x.value(), before));
    Var y = x * real(3);
    Tensor y_before = y.value().contiguous_copy();
    cross_entropy(y.detach() + x * real(0), labels).backward();
    cross_entropy(transpose(transpose(y)), labels).backward();
    CHECK(identical(y.value(), y_before));
  }

  TEST_CASE("cross_entropy: given-away logits are overwritten: no memory for a second gradient") {
    const int64_t rows = 64, vocabulary = 4096,
                  bytes = rows * vocabulary * static_cast<int64_t>(sizeof(real));
    Var x = leaf(random_tensor({rows, 8}, 4)), w = leaf(random_tensor({vocabulary, 8}, 5));
    int64_t before = memory_statistics().live_bytes;
    Var loss = cross_entropy(linear(x, w), Ids(rows, 7));
    reset_peak_memory();
    loss.backward();
    CHECK(memory_statistics().peak_bytes - before < bytes + bytes / 2);
  }

  TEST_CASE("cross_entropy: ignored labels change nothing, and the mean is over the others") {
    Tensor x = random_tensor({3, 5}, 6);
    Var all = leaf(x), two = leaf(x.slice(0, 0, 2));
    Var a = cross_entropy(all, {3, 1, kIgnoredLabel}), b = cross_entropy(two, {3, 1});
    CHECK(a.item() == b.item());
    a.backward();
    b.backward();
    CHECK(identical(all.grad().slice(0, 0, 2), two.grad()));
    CHECK(zero_share(all.grad().slice(0, 2, 3)) == 1);
    Var summed = cross_entropy(all, {3, 1, kIgnoredLabel}, {.normalizer = 1});
    CHECK(summed.item() == doctest::Approx(2 * a.item()));
  }

  TEST_CASE("cross_entropy: even logits cost log V, smoothed or not; huge logits stay finite") {
    Var even(Tensor::full({2, 8}, real(-3)));
    CHECK(cross_entropy(even, {0, 7}).item() == doctest::Approx(std::log(8.0)));
    CHECK(cross_entropy(even, {0, 7}, {.label_smoothing = real(0.3)}).item() ==
          doctest::Approx(std::log(8.0)));
    Var huge = leaf(Tensor::from({1, 2}, {real(1e30), real(-1e30)}));
    Var loss = cross_entropy(huge, {0});
    CHECK(loss.item() == 0);
    loss.backward();
    CHECK(zero_share(huge.grad()) == 1);
  }

  TEST_CASE("cross_entropy: labels outside the vocabulary and nothing but padding are refused") {
    Var x(counting({2, 3}));
    CHECK(error_of([&] {
            cross_entropy(x, {0, 3});
          }) == "cross_entropy: label 3 is outside the vocabulary of 3; padding must be -100");
    CHECK(error_of([&] { cross_entropy(x, {0, -1}); }).find("label -1") != std::string::npos);
    CHECK(error_of([&] {
            cross_entropy(x, {kIgnoredLabel, kIgnoredLabel});
          }) == "cross_entropy: every label is -100: there is nothing to learn from");
    CHECK(error_of([&] { cross_entropy(x, {0}); }) == "cross_entropy: logits (2, 3) for 1 labels");
  }

  TEST_CASE("cross_entropy: the same bits on one thread and on two") {
    Tensor x = random_tensor({50, 3000}, 7);
    auto run = [&](int threads) {
      Threads scope(threads);
      Var logits = leaf(x);
      Var loss = cross_entropy(logits, Ids(50, 11));
      loss.backward();
      std::vector<Tensor> both{loss.value().reshape({1}), logits.grad().reshape({x.size()})};
      return concatenate(both, 0);
    };
    CHECK(identical(run(1), run(2)));
  }
}

TEST_SUITE("11-encoder") {
  TEST_CASE("rms_norm: rows of mean square 1, no mean subtracted, scale of the input irrelevant") {
    Tensor x = random_tensor({4, 64}, 13);
    Var ones(Tensor::full({64}, 1));
    Tensor y = rms_norm(Var(x), ones, 0).value();
    for (int64_t r = 0; r < 4; ++r)
      CHECK(squared_norm(y.select(0, r)) / 64 == doctest::Approx(1).epsilon(1e-5));
    Tensor shifted = map([](real v) { return v + 5; }, x);
    Tensor z = rms_norm(Var(shifted), ones, 0).value();
    CHECK(sum(z).item() > 200);  // a LayerNorm would make it 0
    Tensor tripled = map([](real v) { return 3 * v; }, x);
    CHECK(gap(rms_norm(Var(tripled), ones, 0).value(), y) <= kRounding);
    CHECK(error_of([&] { rms_norm(Var(x), Var(counting({63})), 0); }) ==
          "rms_norm: input (4, 64) does not fit weight (63)");
  }

  TEST_CASE("rms_norm: a weight that is a view gives what its copy gives") {
    Tensor x = random_tensor({3, 4}, 14), weight = random_tensor({4, 2}, 15).select(1, 0);
    Var a = leaf(x), b = leaf(x), view = leaf(weight), copy = leaf(weight.contiguous_copy());
    Var y = rms_norm(a, view, real(1e-6)), z = rms_norm(b, copy, real(1e-6));
    CHECK(identical(y.value(), z.value()));
    sum(square(y)).backward();
    sum(square(z)).backward();
    CHECK(identical(a.grad(), b.grad()));
    CHECK(identical(view.grad(), copy.grad()));
  }

  TEST_CASE("a result takes the place of an input that is given away, and of no other") {
    Tensor values = random_tensor({3, 5}, 16);
    auto place = [](const Var& y) { return y.value().data(); };
    Var x = leaf(values), branch = x * real(2), held = branch;
    CHECK(place(add_residual(x, std::move(branch), {})) != place(held));
    CHECK(identical(held.value(), (x * real(2)).value()));
    const real* given = place(held);
    CHECK(place(add_residual(x, std::move(held), {})) == given);
    CHECK(identical(x.value(), values));

    Var product = x * x, kept = product;
    CHECK(place(activate(Activation::kRelu, std::move(product), {})) != place(kept));
    given = place(kept);
    CHECK(place(activate(Activation::kRelu, std::move(kept), {})) == given);
    Var root = sqrt(x * x + real(1));  // its backward pass reads its own value
    Tensor before = root.value().contiguous_copy();
    given = place(root);
    Var over = activate(Activation::kRelu, std::move(root), {});
    CHECK(place(over) != given);
    CHECK(identical(over.value(), before));

    auto file = std::make_shared<std::vector<real>>(std::vector<real>{-1, 2});
    Var mapped(Tensor::borrow({2}, file->data(), file));  // a file's memory may not be written
    CHECK(activate(Activation::kRelu, std::move(mapped), {}).value().to_vector() ==
          std::vector<real>{0, 2});
    CHECK(*file == std::vector<real>{-1, 2});
  }

  TEST_CASE("an activation's gradient takes the place of dy, unless dy is somebody else's too") {
    const real* seen = nullptr;
    auto probe = [&seen](const Var& x) {
      return make_op("probe", x.value(), {x}, [x, &seen](const Tensor& dy) {
        seen = dy.data();
        x.add_grad(dy);
      });
    };
    Tensor values = random_tensor({3, 5}, 17), dy = random_tensor({3, 5}, 18);
    for (Activation f : {Activation::kRelu, Activation::kGelu}) {
      const real* above = nullptr;
      auto address = [&above](const Var& x) {
        return make_op("address", x.value(), {x}, [x, &above](const Tensor& g) {
          Tensor copy = g.contiguous_copy();
          above = copy.data();
          x.add_grad(std::move(copy));
        });
      };
      Var alone = leaf(values);
      address(activate(f, probe(alone * real(2)), {})).backward(dy);
      CHECK(seen == above);

      Var x = leaf(values), once = leaf(values), again = leaf(values);
      (activate(f, x * real(2), {}) + activate(f, x * real(-1), {})).backward(dy);
      activate(f, once * real(2), {}).backward(dy);
      activate(f, again * real(-1), {}).backward(dy);
      CHECK(difference(x.grad(), (Var(once.grad()) + Var(again.grad())).value()) == "");
    }
    CHECK(identical(dy, random_tensor({3, 5}, 18)));
  }

  TEST_CASE("activations: values at known points") {
    auto at = [](Activation f, real x) { return activate(f, Var(Tensor::scalar(x)), {}).item(); };
    CHECK(at(Activation::kRelu, -2) == 0);
    CHECK(at(Activation::kRelu, 2) == 2);
    CHECK(at(Activation::kGelu, 1) == doctest::Approx(0.8411919906).epsilon(1e-6));
    CHECK(at(Activation::kGelu, -100) == doctest::Approx(0));
    CHECK(at(Activation::kSilu, 1) == doctest::Approx(0.7310585786).epsilon(1e-6));
    CHECK(at(Activation::kSilu, 100) == 100);
    CHECK_THROWS_AS(activate_gated(Activation::kGelu, Var(counting({2})), Var(counting({3})), {}),
                    Error);
    CHECK_THROWS_AS(add_residual(Var(counting({2, 3})), Var(counting({3})), {}), Error);
  }
}
