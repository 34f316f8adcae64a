// What each optimiser does to numbers, against its formulas written out in double.
#include <numeric>
#include <string_view>

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

// A formula of an optimiser in double, with one of the mistakes that are often made, or none ("").
using Walk = std::vector<double> (*)(const std::vector<double>& gradients,
                                     std::string_view mistake);

// A root of something negative is NaN in both.
bool agree(const std::vector<real>& path, const std::vector<double>& expected) {
  for (size_t t = 0; t < path.size(); ++t)
    if (std::isnan(path[t]) != std::isnan(expected[t]) ||
        std::abs(path[t] - expected[t]) > 1e-5 * std::abs(expected[t]))
      return false;
  return true;
}

// What was walked beside what should have been, "" when they agree; and the mistake that leads
// there, if it is a known one.
std::string deviation(const std::vector<real>& path, const std::vector<double>& gradients,
                      Walk formula, const std::vector<std::string_view>& mistakes) {
  std::vector<double> expected = formula(gradients, "");
  if (agree(path, expected)) return "";
  std::string text = "the parameter";
  for (size_t t = 0; t < path.size(); ++t)
    text += fmt::format("{} {:.6g} (right: {:.6g})", t > 0 ? "," : " walks", path[t], expected[t]);
  for (std::string_view mistake : mistakes)
    if (agree(path, formula(gradients, mistake))) return fmt::format("{}, as if {}", text, mistake);
  return text;
}

// u = 0.9 u + g + 0.1 p;  p -= 0.5 u, from p = 1, u = 0.
std::vector<double> sgd_walk(const std::vector<double>& gradients, std::string_view mistake) {
  std::vector<double> path;
  double p = 1, u = 0;
  for (double g : gradients) {
    if (mistake == "gradient_scale were ignored") g /= 2;
    double kept = mistake == "the velocity were forgotten" ? 0 : 0.9 * u;
    double share = mistake == "the gradient counted 1 - momentum" ? 0.1 : 1;
    bool outside = mistake == "the decay did not pass through the velocity";
    u = kept + share * (g + (outside ? 0 : 0.1 * p));
    p += (mistake == "the step went uphill" ? 0.5 : -0.5) * u - (outside ? 0.5 * 0.1 * p : 0);
    path.push_back(p);
  }
  return path;
}

// AdamW with betas 0.8 and 0.95, epsilon 0.01, decay 0.3, rate 0.1, from p = 1.
std::vector<double> adamw_walk(const std::vector<double>& gradients, std::string_view mistake) {
  const double epsilon = 0.01, decay = 0.3, rate = 0.1;
  double b1 = 0.8, b2 = 0.95, p = 1, m = 0, v = 0;
  if (mistake == "the betas were exchanged") std::swap(b1, b2);
  const double corrected1 = b1, corrected2 = b2;
  if (mistake == "the betas were exchanged, but in the corrections") std::swap(b1, b2);
  std::vector<double> path;
  for (size_t t = 1; t <= gradients.size(); ++t) {
    double g = gradients[t - 1], before = m;
    if (mistake == "the decay were part of the gradient too") g += decay * p;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * (mistake == "v gathered g instead of its square" ? g : g * g);
    double mean = mistake == "the mean were used before g enters it" ? before : m, square = v;
    if (mistake != "the means were not corrected") {
      mean /= 1 - std::pow(corrected1, t);
      square /= 1 - std::pow(corrected2, t);
    }
    bool inside = mistake == "epsilon stood under the root";
    double root = inside ? std::sqrt(square + epsilon) : std::sqrt(square) + epsilon;
    double shrink = mistake == "the decay ignored the learning rate" ? decay : rate * decay;
    p = p - shrink * p - rate * mean / root;
    path.push_back(p);
  }
  return path;
}

// Adafactor's update of an (n, m) parameter, on plain numbers in double. Means can be exchanged
// where n = m.
struct PlainAdafactor {
  int64_t n, m;
  std::string_view mistake = {};  // one that is often made, or none
  int64_t steps = 0;
  std::vector<double> row = std::vector<double>(n), column = std::vector<double>(m);

  void step(std::vector<double>& p, const std::vector<double>& g, double rate) {
    double keep = 1 - std::pow(++steps, -0.8);
    if (mistake == "steps were counted from 0")
      keep = steps < 2 ? 0 : 1 - std::pow(steps - 1, -0.8);
    if (mistake == "beta2 were 0.999 from the start") keep = 0.999;
    if (mistake == "the means of the steps before were forgotten") keep = 0;
    for (double& r : row) r *= keep;
    for (double& c : column) c *= keep;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < m; ++j) {
        double square = g[i * m + j] * g[i * m + j] + 1e-30;
        row[i] += (1 - keep) * square / double(m);
        column[j] += (1 - keep) * square / double(n);
      }
    double mean = std::accumulate(row.begin(), row.end(), 0.0) / double(n), uu = 0, pp = 0;
    if (mistake == "R C were not divided by the mean of R") mean = 1;
    if (mistake == "R C were divided by the sum of R") mean *= double(n);
    std::vector<double> u(g.size());
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < m; ++j) {
        bool exchanged = mistake == "the means of rows and of columns were exchanged";
        double second = (exchanged ? row[j] * column[i] : row[i] * column[j]) / mean;
        bool rootless = mistake == "g were divided by the second moment, not by its root";
        u[i * m + j] = g[i * m + j] / (rootless ? second : std::sqrt(second));
        uu += u[i * m + j] * u[i * m + j];
        pp += p[i * m + j] * p[i * m + j];
      }
    double size = rate * std::max(1e-3, std::sqrt(pp / double(n * m)));
    double clip = std::max(1.0, std::sqrt(uu / double(n * m)));
    if (mistake == "the update were not clipped") clip = 1;
    for (size_t k = 0; k < p.size(); ++k) p[k] -= size * u[k] / clip;
  }
};

}  // namespace

TEST_SUITE("06-optimisers") {
  TEST_CASE("SGD: four steps on one number, as the recurrence has them") {
    const std::vector<double> gradients{1, -2, 0, 4};
    std::vector<real> path = walk(1, gradients, 0.5, [](Parameters& parameters) {
      return make_sgd(parameters, {.momentum = 0.9, .weight_decay = 0.1});
    });
    std::string wrong =
        deviation(path, gradients, sgd_walk,
                  {"gradient_scale were ignored", "the velocity were forgotten",
                   "the gradient counted 1 - momentum",
                   "the decay did not pass through the velocity", "the step went uphill"});
    CHECK(wrong == "");
  }

  TEST_CASE("SGD: under a constant gradient the velocity tends to g / (1 - momentum)") {
    std::vector<real> path = walk(0, std::vector<double>(100, 1.0), 1, [](Parameters& parameters) {
      return make_sgd(parameters, {.momentum = 0.9});
    });
    CHECK(path[0] == doctest::Approx(-1));
    CHECK(path[98] - path[99] == doctest::Approx(10).epsilon(1e-3));
  }

  TEST_CASE("AdamW: four steps on one number, as the formulas have them") {
    const std::vector<double> gradients{0.02, -0.5, 0, 0.1};
    std::vector<real> path = walk(1, gradients, 0.1, [](Parameters& parameters) {
      return make_adamw(parameters, {0.8, 0.95, 0.01, 0.3});
    });
    std::string wrong =
        deviation(path, gradients, adamw_walk,
                  {"the betas were exchanged", "the betas were exchanged, but in the corrections",
                   "the decay were part of the gradient too", "v gathered g instead of its square",
                   "the mean were used before g enters it", "the means were not corrected",
                   "epsilon stood under the root", "the decay ignored the learning rate"});
    CHECK(wrong == "");
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
    Var p = parameters.get("p", {4, 4}, Init::normal(2));
    auto adafactor = make_adafactor(parameters, {.min_factored_size = 1});
    std::vector<real> start = p.value().to_vector();
    std::vector<PlainAdafactor> formulas{{4, 4}};  // the right one, and what mistakes make of it
    for (const char* mistake :
         {"steps were counted from 0", "beta2 were 0.999 from the start",
          "the means of the steps before were forgotten", "R C were not divided by the mean of R",
          "R C were divided by the sum of R", "the update were not clipped",
          "g were divided by the second moment, not by its root",
          "the means of rows and of columns were exchanged"})
      formulas.push_back({4, 4, mistake});
    std::vector<std::vector<double>> walks(formulas.size(), {start.begin(), start.end()});
    for (uint64_t step = 0; step < 5; ++step) {
      set_gradient(p, step, step == 3 ? 10 : 1);  // one large gradient: it is clipped
      std::vector<real> g = p.grad().to_vector();
      for (size_t i = 0; i < formulas.size(); ++i)
        formulas[i].step(walks[i], std::vector<double>(g.begin(), g.end()), 0.1);
      adafactor->step(0.1);
    }
    std::vector<real> end = p.value().to_vector(), right(walks[0].begin(), walks[0].end());
    std::string wrong = difference(p.value(), Tensor::from({4, 4}, right));
    for (size_t i = 1; i < formulas.size() && !wrong.empty(); ++i)
      if (agree(end, walks[i])) wrong += fmt::format(", as if {}", formulas[i].mistake);
    CHECK(wrong == "");
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
