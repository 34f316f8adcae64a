// What each optimiser does to numbers, against its formulas written out in double.
#include <numeric>

#include "nn/optimizers/optimizer.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Make = std::unique_ptr<Optimizer> (*)(Parameters&);

// Random gradients for the only parameter, the same for the same seed, times `factor`.
void set_gradient(Var p, uint64_t seed, double factor) {
  Random random(seed);
  p.mutable_grad() = Tensor::normal(p.shape(), random, static_cast<real>(factor));
}

// The parameter `p` of this start after `optimizer` took the gradients in turn, each counted twice.
std::vector<real> walk(double start, const std::vector<double>& gradients, double learning_rate,
                       const Make& make) {
  Parameters parameters(random_source(1));
  Var p = parameters.get("p", {1}, Init::constant(start));
  auto optimizer = make(parameters);
  std::vector<real> path;
  for (double g : gradients) {
    p.mutable_grad() = Tensor::full({1}, static_cast<real>(g / 2));
    optimizer->step(learning_rate, 2);
    path.push_back(p.value().item());
  }
  return path;
}

// What `walk` gave beside what it should have given, "" when they agree.
std::string deviation(const std::vector<real>& path, const std::vector<double>& expected) {
  for (size_t t = 0; t < path.size(); ++t)
    if (!(std::abs(path[t] - expected[t]) <= 1e-5 * std::abs(expected[t])))
      return fmt::format("after step {} the parameter is {} instead of {}", t + 1, path[t],
                         expected[t]);
  return "";
}

// Adafactor's update of an (n, m) parameter, on plain numbers in double.
struct PlainAdafactor {
  int64_t n, m, steps = 0;
  std::vector<double> row = std::vector<double>(n), column = std::vector<double>(m);

  void step(std::vector<double>& p, const std::vector<double>& g, double rate) {
    double keep = 1 - std::pow(++steps, -0.8);
    for (double& r : row) r *= keep;
    for (double& c : column) c *= keep;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < m; ++j) {
        double square = g[i * m + j] * g[i * m + j] + 1e-30;
        row[i] += (1 - keep) * square / double(m);
        column[j] += (1 - keep) * square / double(n);
      }
    double mean = std::accumulate(row.begin(), row.end(), 0.0) / double(n), uu = 0, pp = 0;
    std::vector<double> u(g.size());
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < m; ++j) {
        u[i * m + j] = g[i * m + j] / std::sqrt(row[i] * column[j] / mean);
        uu += u[i * m + j] * u[i * m + j];
        pp += p[i * m + j] * p[i * m + j];
      }
    double size = rate * std::max(1e-3, std::sqrt(pp / double(n * m)));
    double clip = std::max(1.0, std::sqrt(uu / double(n * m)));
    for (size_t k = 0; k < p.size(); ++k) p[k] -= size * u[k] / clip;
  }
};

}  // namespace

TEST_SUITE("06-optimisers") {
  TEST_CASE("SGD: four steps on one number, as the recurrence has them") {
    // u = 0.9 u + g + 0.1 p;  p -= 0.5 u, from p = 1, u = 0, with g = 1, -2, 0, 4
    std::vector<double> expected;
    double p = 1, u = 0;
    for (double g : {1, -2, 0, 4}) {
      u = 0.9 * u + g + 0.1 * p;
      p -= 0.5 * u;
      expected.push_back(p);
    }
    CHECK(deviation(walk(1, {1, -2, 0, 4}, 0.5,
                         [](Parameters& parameters) {
                           return make_sgd(parameters, {.momentum = 0.9, .weight_decay = 0.1});
                         }),
                    expected) == "");
  }

  TEST_CASE("SGD: under a constant gradient the velocity tends to g / (1 - momentum)") {
    std::vector<real> path = walk(0, std::vector<double>(100, 1.0), 1, [](Parameters& parameters) {
      return make_sgd(parameters, {.momentum = 0.9});
    });
    CHECK(path[0] == doctest::Approx(-1));
    CHECK(path[98] - path[99] == doctest::Approx(10).epsilon(1e-3));
  }

  TEST_CASE("AdamW: four steps on one number, as the formulas have them") {
    const double b1 = 0.8, b2 = 0.95, epsilon = 0.01, decay = 0.3, rate = 0.1;
    const std::vector<double> gradients{0.02, -0.5, 0, 0.1};
    std::vector<double> expected;
    double p = 1, m = 0, v = 0;
    for (size_t t = 1; t <= gradients.size(); ++t) {
      double g = gradients[t - 1];
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      double mean = m / (1 - std::pow(b1, t)), square = v / (1 - std::pow(b2, t));
      p = p - rate * decay * p - rate * mean / (std::sqrt(square) + epsilon);
      expected.push_back(p);
    }
    CHECK(deviation(walk(1, gradients, rate,
                         [](Parameters& parameters) {
                           return make_adamw(parameters, {0.8, 0.95, 0.01, 0.3});
                         }),
                    expected) == "");
  }

  TEST_CASE("AdamW: the first step is the learning rate, however small the gradient") {
    for (double g : {1e-4, 1.0, 1e4}) {
      INFO("gradient ", g);
      std::vector<real> path = walk(1, {g}, 0.1, [](Parameters& parameters) {
        return make_adamw(parameters, {.weight_decay = 0});
      });
      CHECK(path[0] == doctest::Approx(0.9).epsilon(1e-4));  // 1 - 0.1
    }
  }

  TEST_CASE("Adafactor: five factored steps, as the formulas have them in double") {
    Parameters parameters(random_source(2));
    Var p = parameters.get("p", {3, 5}, Init::normal(2));
    auto adafactor = make_adafactor(parameters, {.min_factored_size = 1});
    std::vector<real> start = p.value().to_vector();
    std::vector<double> expected(start.begin(), start.end());
    PlainAdafactor plain{3, 5};
    for (uint64_t step = 0; step < 5; ++step) {
      set_gradient(p, step, step == 3 ? 10 : 1);  // one large gradient: it is clipped
      std::vector<real> g = p.grad().to_vector();
      plain.step(expected, std::vector<double>(g.begin(), g.end()), 0.1);
      adafactor->step(0.1);
      INFO("after step ", step + 1);
      std::vector<real> rounded(expected.begin(), expected.end());
      CHECK(difference(p.value(), Tensor::from({3, 5}, rounded)) == "");
    }
  }

  TEST_CASE("Adafactor: squares that are a column times a row are recovered exactly") {
    // g[i, j] = a[i] b[j], so g^2 has rank 1 and every element of u is +1 or -1.
    Parameters parameters(random_source(3));
    Var p = parameters.get("p", {4, 6}, Init::constant(1));
    Tensor a = random_tensor({4, 1}, 4), b = random_tensor({1, 6}, 5);
    p.mutable_grad() = map([](real x, real y) { return x * y; }, a, b);
    make_adafactor(parameters, {.min_factored_size = 1})->step(0.01);
    for (real value : p.value().to_vector())
      CHECK(std::abs(value - 1) / 0.01 == doctest::Approx(1).epsilon(1e-3));
  }

  TEST_CASE("Adafactor: a parameter in other units takes the same walk in those units") {
    auto run = [](double unit) {
      Parameters parameters(random_source(6));
      Var p = parameters.get("p", {8, 8}, Init::normal(unit));
      auto adafactor = make_adafactor(parameters, {.min_factored_size = 1});
      for (uint64_t step = 0; step < 5; ++step) {
        set_gradient(p, step, 1 / unit);
        adafactor->step(0.1);
      }
      return map([=](real x) { return x / static_cast<real>(unit); }, p.value());
    };
    CHECK(difference(run(128), run(1)) == "");
  }
}
