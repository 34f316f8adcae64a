// The fused ops, forward and backward, on operands that no cache holds, as in training, where each
// op finds memory that was touched long ago.

#include <fmt/format.h>

#include "autograd/fused/fused.h"
#include "tensor/tools/rates.h"
#include "tests/bench/bench.h"

namespace t5::bench {
namespace {

using Vars = std::vector<Var>;

struct Op {
  std::string name;
  std::vector<Tensor> inputs;
  std::function<Var(Vars& inputs)> forward;
  double forward_bound, backward_bound;  // seconds
};

// An input in the middle of a graph: it needs a gradient, and who computed it keeps none.
Var input(Tensor value) {
  static const Var root(Tensor::scalar(0), true);
  return make_op("input", std::move(value), {root}, [](const Tensor&) {});
}

void bench_op(const Op& op) {
  Vars inputs;
  Var y;
  auto prepare = [&] {
    y = Var();
    inputs.clear();
    for (const Tensor& tensor : op.inputs) inputs.push_back(input(tensor.contiguous_copy()));
  };
  auto forward = [&] { y = op.forward(inputs); };
  double time = kernel_seconds(forward, prepare);
  print_row(op.name, time, op.forward_bound);
  Tensor dy = Tensor::full(y.shape(), 1);
  time = kernel_seconds([&] { y.backward(dy); },
                        [&] {
                          prepare();
                          forward();
                        });
  print_row("  backward", time, op.backward_bound);
}

Tensor random_matrix(int64_t rows, int64_t columns) {
  Random random(6);
  return Tensor::normal({rows, columns}, random);
}

// Ops that wait for memory: so many operands of `size` elements are read or written forwards, so
// many backwards.
Op moving(const std::string& name, std::vector<Tensor> inputs, int forward, int backward,
          std::function<Var(Vars&)> op) {
  double once =
      static_cast<double>(inputs[0].size() * static_cast<int64_t>(sizeof(real))) / bandwidth();
  return {name, std::move(inputs), std::move(op), forward * once, backward * once};
}

void bench_products() {
  print_heading("Ops that compute; bound: their products alone");
  ProductTime linear_time = product_time(1024, 2048, 512);
  bench_op({"linear, 1024 x 512 times 512 x 2048",
            {random_matrix(1024, 512), random_matrix(2048, 512)},
            [](Vars& v) { return linear(v[0], v[1]); },
            linear_time.forward,
            linear_time.backward});

  constexpr int64_t kBatch = 8, kLength = 128, kHeads = 8, kWidth = 64;
  Segments segments(std::vector<int64_t>(kBatch, kLength));
  Random random(7);
  Tensor rows = random_matrix(kBatch * kLength, kHeads * kWidth);
  ProductTime scores = product_time(kLength, kLength, kWidth, kBatch * kHeads);
  bench_op({"attention, 8 x 128 tokens, 8 heads of 64",
            {rows, rows, rows, random_matrix(kHeads, 2 * kLength - 1)},
            [&](Vars& v) {
              return attention(v[0], v[1], v[2], v[3], {kHeads, segments, segments},
                               {real(0.1), &random});
            },
            2 * scores.forward,
            2 * scores.backward});
}

void bench_memory() {
  print_heading("Ops that move memory; bound: every operand once");
  Random random(8);
  Dropout dropout{real(0.1), &random};
  Tensor wide = random_matrix(8192, 2048), x = random_matrix(32768, 512);
  Tensor logits = random_matrix(512, 32128);
  bench_op(moving("rms_norm, 32768 x 512", {x, Tensor::full({512}, 1)}, 2, 3,
                  [](Vars& v) { return rms_norm(v[0], v[1], real(1e-6)); }));
  for (auto [name, f] : {std::pair{"relu", Activation::kRelu}, {"gelu", Activation::kGelu}}) {
    bench_op(moving(fmt::format("activate, {}, 8192 x 2048", name), {wide}, 2, 3,
                    [&, f](Vars& v) { return activate(f, v[0], dropout); }));
    bench_op(moving(fmt::format("activate_gated, {}, 8192 x 2048", name), {wide, wide}, 3, 5,
                    [&, f](Vars& v) { return activate_gated(f, v[0], v[1], dropout); }));
  }
  bench_op(moving("add_residual, 32768 x 512", {x, x}, 3, 2,
                  [&](Vars& v) { return add_residual(v[0], v[1], dropout); }));
  Ids labels(512, 7);
  bench_op(moving("cross_entropy, 512 x 32128", {logits}, 1, 2,
                  [&](Vars& v) { return cross_entropy(std::move(v[0]), labels); }));
}

}  // namespace

void bench_ops() {
  bench_products();
  bench_memory();
}

}  // namespace t5::bench
