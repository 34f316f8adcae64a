// Adafactor: AdamW's adaptive step with the memory of SGD.
//
// The second moment v of an (n, m) gradient is kept as the means of its rows and of its columns,
// n + m numbers instead of n m, and approximated by v = row column / mean(row). Steps are in
// proportion to the parameter's own root mean square, which suits T5: its embedding starts up to
// 180 times larger than its projections.

#include <cmath>

#include "nn/optimizers/optimizer.h"
#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

constexpr double kGradientFloor = 1e-30;  // added to g^2
constexpr double kParameterFloor = 1e-3;  // the least scale of a parameter

double root_mean_square(const Tensor& x) {
  return std::sqrt(squared_norm(x) / static_cast<double>(x.size()));
}

class Adafactor : public Optimizer {
 public:
  Adafactor(Parameters& parameters, AdafactorOptions options)
      : Optimizer(parameters), options_(options) {
    allocate_slots();
  }

 protected:
  std::map<std::string, Shape> slot_shapes(const Shape& parameter) const override {
    if (!factored(parameter)) return {{"square", parameter}};
    return {{"row", {parameter[0]}}, {"column", {parameter[1]}}};
  }

  // u = g / sqrt(v), v remembering 1 - t^-0.8 of itself
  // p -= lr max(rms(p), 1e-3) (u / max(1, rms(u) / threshold) + decay p)
  void update(Slot& slot, double learning_rate, double gradient_scale) override {
    Var& parameter = slot.parameter->var;
    // exercise 06-optimisers/adafactor-update — clipped, and in proportion to the parameter
    double beta2 = 1 - std::pow(static_cast<double>(step_count_), -options_.decay_rate);
    auto decay = static_cast<real>(beta2), scale = static_cast<real>(gradient_scale);
    Tensor u = factored(parameter.shape()) ? factored_step(slot, decay, scale)
                                           : full_step(slot, decay, scale);
    double size = learning_rate;
    if (options_.scale_parameter)
      size *= std::max(root_mean_square(parameter.value()), kParameterFloor);
    double clip = std::max(1.0, root_mean_square(u) / options_.clip_threshold);
    auto shrink = static_cast<real>(1 - size * options_.weight_decay);
    auto length = static_cast<real>(size / clip);
    t5::update([=](real p, real d) { return shrink * p - length * d; }, parameter.mutable_value(),
               u);
    // end exercise
  }

 private:
  bool factored(const Shape& shape) const {
    return shape.rank() == 2 && std::min(shape[0], shape[1]) >= options_.min_factored_size;
  }

  // v = b v + (1 - b) (g^2 + floor);  u = g / sqrt(v)
  static Tensor full_step(Slot& slot, real decay, real scale) {
    const Tensor& g = slot.parameter->var.grad();
    Tensor& square = slot.tensors["square"];
    t5::update(
        [=](real v, real d) {
          return decay * v + (1 - decay) * (scale * d * scale * d + real(kGradientFloor));
        },
        square, g);
    return map([=](real d, real v) { return scale * d / std::sqrt(v); }, g, square);
  }

  // The means of g^2 over rows and columns; g^2 itself is never stored.
  static void mean_squares(const Tensor& g, real scale, std::vector<real>& rows,
                           std::vector<real>& columns) {
    int64_t n = g.dim(0), m = g.dim(1);
    const real* data = g.data();
    real s = scale * scale;
    parallel_for(n, kElementGrain / m, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        real sum = simd_sum(m, [row = data + i * m](int64_t j) { return row[j] * row[j]; });
        rows[i] = s * sum / static_cast<real>(m) + real(kGradientFloor);
      }
    });
    parallel_for(m, kElementGrain / n, [&](int64_t begin, int64_t end) {
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = begin; j < end; ++j) columns[j] += data[i * m + j] * data[i * m + j];
    });
    for (real& column : columns) column = s * column / static_cast<real>(n) + real(kGradientFloor);
  }

  // kept = b kept + (1 - b) fresh
  static void blend(Tensor& kept, const std::vector<real>& fresh, real decay) {
    real* mean = kept.mutable_data();
    for (size_t i = 0; i < fresh.size(); ++i) mean[i] = decay * mean[i] + (1 - decay) * fresh[i];
  }

  // u = g / sqrt(row column / mean(row))
  static Tensor factored_step(Slot& slot, real decay, real scale) {
    const Tensor& g = slot.parameter->var.grad();
    Tensor &row = slot.tensors["row"], &column = slot.tensors["column"];
    // exercise 06-optimisers/adafactor-factored — n + m numbers stand for n m
    std::vector<real> rows(g.dim(0)), columns(g.dim(1));
    mean_squares(g, scale, rows, columns);
    blend(row, rows, decay);
    blend(column, columns, decay);
    real mean = sum(row).item() / static_cast<real>(row.size());
    Tensor row_factor = map([=](real r) { return scale * std::sqrt(mean / r); }, row);
    Tensor column_factor = map([](real c) { return 1 / std::sqrt(c); }, column);
    return map([](real d, real r, real c) { return d * r * c; }, g,
               row_factor.reshape({g.dim(0), 1}), column_factor);
    // end exercise
  }

  AdafactorOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adafactor(Parameters& parameters, AdafactorOptions options) {
  return std::make_unique<Adafactor>(parameters, options);
}

}  // namespace t5
