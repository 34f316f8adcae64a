// Central differences and the checker on functions of plain tensors: the judge judged.
//
// Needs nothing of the tape: every backward here is written by hand, right or wrong on purpose.
#include <functional>

#include "autograd/tools/grad_check.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Tensors = std::vector<Tensor>;

std::string verdict(const TensorFunction& forward, const TensorBackward& backward,
                    const std::vector<Shape>& shapes) {
  Random random(17);
  Tensors inputs;
  for (const Shape& shape : shapes) inputs.push_back(Tensor::uniform(shape, random, -2, 2));
  return check_backward(forward, backward, inputs, random);
}

Tensor square_of(const Tensors& x) {
  return map([](real v) { return v * v; }, x[0]);
}
// dx = factor * x * dy; right for factor 2
TensorBackward square_backward(real factor) {
  return [factor](const Tensors& x, const Tensor& dy) {
    return Tensors{map([factor](real v, real g) { return factor * v * g; }, x[0], dy)};
  };
}

// Softmax over the rows of a matrix, by its definition.
Tensor softmax_of(const Tensors& x) {
  Tensor y = map([](real v) { return std::exp(v); }, x[0]);
  int64_t width = y.dim(1);
  for (int64_t i = 0; i < y.dim(0); ++i) {
    real total = 0, *row = y.mutable_data() + i * width;
    for (int64_t j = 0; j < width; ++j) total += row[j];
    for (int64_t j = 0; j < width; ++j) row[j] /= total;
  }
  return y;
}

}  // namespace

TEST_SUITE("03-gradients") {
  TEST_CASE("central_differences: a straight line has its slope, exactly") {
    // 3a - 4b + 8c at round numbers, with a round step: no curvature and no rounding.
    Tensors point{Tensor::from({3}, {1, 2, -3})};
    auto line = [](const Tensors& x) {
      return 3.0 * x[0].at({0}) - 4.0 * x[0].at({1}) + 8.0 * x[0].at({2});
    };
    CHECK(central_differences(line, point, 0, 0.25) == std::vector<double>{3, -4, 8});
  }

  TEST_CASE("central_differences: the error of a cubic is h^2, not h") {
    // ((x + h)^3 - (x - h)^3) / 2h = 3x^2 + h^2; a forward difference would give 3x^2 + 3xh + h^2.
    auto cube = [](const Tensors& x) { return std::pow(static_cast<double>(x[0].item()), 3); };
    double slope = central_differences(cube, {Tensor::scalar(2)}, 0, 0.125)[0];
    INFO(
        "3 x^2 + h^2 = 12.015625 is right; 12.765625 is a forward difference, 11.265625 a backward "
        "one, 24.03125 forgot the 2 of 2h");
    CHECK(slope == doctest::Approx(12.015625).epsilon(1e-6));
  }

  TEST_CASE("central_differences: the step that is made counts, not the one that is meant") {
    // Beside 1000, real numbers lie so far apart that x + h is rounded (float: by up to 3e-5).
    double step = kDoublePrecision ? 1e-11 : 1e-3;
    auto identity = [](const Tensors& x) { return static_cast<double>(x[0].item()); };
    double slope = central_differences(identity, {Tensor::scalar(real(1000.1))}, 0, step)[0];
    INFO("dx/dx is 1; dividing by 2h gives the rounding of x + h and x - h as an error");
    CHECK(slope == 1);
  }

  TEST_CASE("central_differences: of one input among several, element by element, in row order") {
    Tensor a = random_tensor({2, 3}, 1), b = random_tensor({3, 2}, 2).transpose();  // a view
    auto product = [](const Tensors& x) {
      std::vector<real> p = x[0].to_vector(), q = x[1].to_vector();
      double total = 0;
      for (size_t i = 0; i < p.size(); ++i) total += static_cast<double>(p[i]) * q[i];
      return total;
    };
    for (size_t which : {size_t{0}, size_t{1}}) {
      std::vector<double> slopes = central_differences(product, {a, b}, which);
      std::vector<real> expected = (which == 0 ? b : a).to_vector();
      REQUIRE(slopes.size() == expected.size());
      for (size_t i = 0; i < slopes.size(); ++i) {
        INFO("input ", which, ", element ", i);
        CHECK(slopes[i] == doctest::Approx(expected[i]).epsilon(1e-4));
      }
    }
  }

  TEST_CASE("central_differences: every element is moved alone, and the inputs stay as they were") {
    Tensor x = Tensor::from({3}, {1, 2, 3}), before = x.contiguous_copy();
    int runs = 0;
    central_differences(
        [&](const Tensors& at) {
          ++runs;
          int moved = 0;
          for (int64_t i = 0; i < 3; ++i) moved += at[0].at({i}) != before.at({i});
          INFO("run ", runs, ": was the last element put back before the next one moved?");
          CHECK(moved == 1);
          return 0.0;
        },
        {x}, 0);
    CHECK(runs == 6);
    CHECK(identical(x, before));
  }

  TEST_CASE("check_backward: a right gradient passes") {
    CHECK(verdict(square_of, square_backward(2), {{2, 3}}) == "");
    auto large = [](const Tensors& x) { return map([](real v) { return 1e6 * v * v; }, x[0]); };
    INFO("large gradients are judged by their relative error: rounding grows with the numbers");
    CHECK(verdict(large, square_backward(2e6), {{2, 3}}) == "");
  }

  TEST_CASE("check_backward: a missing factor and a wrong sign are found") {
    for (real factor : {real(1), real(-2), real(2.1), real(0)}) {
      INFO("2 x dy is right; the gradient given was ", factor, " x dy");
      CHECK(verdict(square_of, square_backward(factor), {{2, 3}}) != "");
    }
  }

  TEST_CASE("check_backward: a gradient that is wrong in one element alone is found and named") {
    auto wrong = [](const Tensors& x, const Tensor& dy) {
      Tensors dx = square_backward(2)(x, dy);
      dx[0].mutable_data()[4] += 1;
      return dx;
    };
    std::string line = verdict(square_of, wrong, {{2, 3}});
    INFO("the checker said: ", line);
    CHECK(line.find("input 0, element 4 of (2, 3): backward gives ") == 0);
    CHECK(line.find("differences give ") != std::string::npos);
  }

  TEST_CASE("check_backward: a mistake in the last input is found") {
    auto product = [](const Tensors& x) {
      return map([](real p, real q) { return p * q; }, x[0], x[1]);
    };
    auto wrong = [](const Tensors& x, const Tensor& dy) {
      auto times = [](real p, real q) { return p * q; };
      return Tensors{map(times, dy, x[1]), map(times, dy, x[1])};  // the second should hold x[0]
    };
    CHECK(verdict(product, wrong, {{3}, {3}}).find("input 1") == 0);
  }

  TEST_CASE("check_backward: a softmax gradient of zero is found, which a plain sum cannot see") {
    auto zero = [](const Tensors& x, const Tensor&) {
      return Tensors{Tensor::zeros(x[0].shape())};
    };
    INFO(
        "with a cotangent of ones the loss is the number of rows, whatever x is: all gradients are "
        "0 and this wrong backward looks right. Draw the cotangent at random");
    CHECK(verdict(softmax_of, zero, {{2, 5}}) != "");
  }

  TEST_CASE("check_backward: a softmax gradient that forgets its inner sum is found") {
    auto diagonal = [](const Tensors& x, const Tensor& dy) {
      return Tensors{map([](real p, real g) { return p * (1 - p) * g; }, softmax_of(x), dy)};
    };
    CHECK(verdict(softmax_of, diagonal, {{2, 5}}) != "");
    auto whole = [](const Tensors& x, const Tensor& dy) {
      Tensor y = softmax_of(x);
      Tensor inner = sum(map([](real p, real g) { return p * g; }, y, dy), -1);
      return Tensors{map([](real p, real g, real s) { return p * (g - s); }, y, dy, inner)};
    };
    CHECK(verdict(softmax_of, whole, {{2, 5}}) == "");
  }

  TEST_CASE("check_backward: a gradient of another shape, or none, is named") {
    auto forward = [](const Tensors& x) {
      return map([](real p, real q) { return p + q; }, x[0], x[1]);
    };
    auto unsummed = [](const Tensors&, const Tensor& dy) { return Tensors{dy, dy}; };
    CHECK(verdict(forward, unsummed, {{2, 3}, {3}}) ==
          "input 1 of (3) received a gradient of (2, 3)");
    auto missing = [](const Tensors&, const Tensor& dy) { return Tensors{dy, Tensor()}; };
    CHECK(verdict(forward, missing, {{2, 3}, {3}}) == "input 1 received no gradient");
  }

  TEST_CASE("check_backward: NaN is never right") {
    auto nan = [](const Tensors&, const Tensor& dy) {
      return Tensors{Tensor::full(dy.shape(), real(NAN))};
    };
    INFO(
        "every comparison with a NaN is false: ask whether the two agree, not whether they differ");
    CHECK(verdict(square_of, nan, {{2}}) != "");
  }

  TEST_CASE("check_backward: the inputs come back unchanged") {
    Random random(1);
    Tensor x = Tensor::normal({4}, random), before = x.contiguous_copy();
    CHECK(check_backward(square_of, square_backward(2), {x}, random) == "");
    CHECK(identical(x, before));
  }
}
