// Which task, which example: numbers alone.
#include "t5/tasks/mixture.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "t5/model/text_model.h"
#include "t5/train/step.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using namespace testing;

std::vector<int64_t> counts(const Mixing& mixing, int64_t tasks, int64_t epoch) {
  std::vector<int64_t> counts(tasks);
  for (int64_t i = 0; i < mixing.size(); ++i) ++counts[mixing.at(i, epoch).task];
  return counts;
}

// The loss of a step over batches of pairs, and all parameters after it.
std::pair<double, std::vector<real>> after_a_step(std::vector<std::vector<TokenPair>> batches) {
  Config config = preset_config("tiny");
  config.vocab_size = 20;
  auto model = make_model(config, 3);
  TrainStep step(*model, {.optim = "sgd", .learning_rate = 0.1, .dropout_rate = 0});
  double loss = step.take(0, std::move(batches)).loss;
  std::vector<real> values;
  for (const Parameter& p : model->parameters().all()) {
    Tensor value = p.var.value().as_contiguous();
    values.insert(values.end(), value.data(), value.data() + value.size());
  }
  return {loss, values};
}

}  // namespace

TEST_SUITE("15-text-to-text") {
  TEST_CASE("mixing rates: in proportion, up to a limit, then by the temperature") {
    CHECK(mixing_rates({300, 100}, 0, 1) == std::vector<double>{0.75, 0.25});
    CHECK(mixing_rates({300, 100}, 100, 1) == std::vector<double>{0.5, 0.5});
    // The limit first: 400 counts as 100, and its root is 10. The root of 400, limited, were 20.
    std::vector<double> both = mixing_rates({400, 25}, 100, 2);
    CHECK(both[0] == doctest::Approx(10.0 / 15));
    CHECK(both[1] == doctest::Approx(5.0 / 15));
    std::vector<double> hot = mixing_rates({1000000, 1}, 0, 1e9);
    CHECK(hot[0] == doctest::Approx(0.5).epsilon(1e-6));
    CHECK(error_of([] { mixing_rates({5, 0}, 0, 1); }) == "mixing: a task without examples");
    CHECK(error_of([] { mixing_rates({5}, 0, 0); }).find("temperature of 0") != std::string::npos);
  }

  TEST_CASE("places: whole numbers that add up, the largest remainders rounded up") {
    CHECK(places_of({0.5, 0.3, 0.2}, 10) == std::vector<int64_t>{5, 3, 2});
    CHECK(places_of({1, 1, 1}, 10) == std::vector<int64_t>{4, 3, 3});
    CHECK(places_of({0.26, 0.26, 0.48}, 10) == std::vector<int64_t>{3, 2, 5});
    CHECK(places_of({1, 0}, 7) == std::vector<int64_t>{7, 0});
    CHECK(error_of([] { places_of({0, 0}, 7); }).find("add up to 0") != std::string::npos);
  }

  TEST_CASE("shuffled: every number once, in another order for each key") {
    for (int64_t size : {1, 2, 3, 7, 16, 100, 1000}) {
      std::set<int64_t> seen;
      for (int64_t i = 0; i < size; ++i) seen.insert(shuffled(i, size, Random(5)));
      CHECK(std::ssize(seen) == size);
      CHECK(*seen.begin() == 0);
      CHECK(*seen.rbegin() == size - 1);
    }
    int64_t same = 0, in_place = 0;
    for (int64_t i = 0; i < 1000; ++i) {
      same += shuffled(i, 1000, Random(5)) == shuffled(i, 1000, Random(6));
      in_place += shuffled(i, 1000, Random(5)) == i;
    }
    CHECK(same < 10);  // one on average
    CHECK(in_place < 10);
  }

  TEST_CASE("shuffled: neighbours do not stay neighbours") {
    // Of a true shuffle of n, the mean distance of what were neighbours is n / 3.
    double sum = 0;
    for (int64_t i = 0; i + 1 < 1000; ++i)
      sum += std::abs(
          static_cast<double>(shuffled(i, 1000, Random(7)) - shuffled(i + 1, 1000, Random(7))));
    CHECK(sum / 999 == doctest::Approx(1000.0 / 3).epsilon(0.1));
  }

  TEST_CASE("mixing: the places of an epoch belong to one task after the other") {
    // One example a task, so that only the task can be wrong: places 0, then 1, 2 and 3, then none.
    Mixing mixing({1, 1, 1, 1}, {1, 3, 0, 0}, 5);
    for (int64_t index = 0; index < 4; ++index) {
      CAPTURE(index);
      CHECK(mixing.at(index, 0).task == (index == 0 ? 0 : 1));
      CHECK(mixing.at(index, 2).example == 0);
    }
  }

  TEST_CASE("mixing: an epoch has each task in its share, to one example") {
    std::vector<int64_t> sizes{70000, 20000, 9000, 1000};
    std::vector<double> rates = mixing_rates(sizes, 30000, 2);
    Mixing mixing(sizes, rates, 3);
    CHECK(mixing.size() == 100000);
    for (int64_t epoch : {0, 1, 5}) {
      std::vector<int64_t> found = counts(mixing, 4, epoch);
      for (size_t t = 0; t < 4; ++t)
        CHECK(std::abs(static_cast<double>(found[t]) - rates[t] * 100000) <= 1);
    }
  }

  TEST_CASE("mixing: all examples of a task come before any comes again") {
    // Task 1 has 5 examples, and half of the 14 places of an epoch: 7 draws.
    Mixing mixing({9, 5}, {0.5, 0.5}, 11);
    std::vector<int64_t> drawn;
    for (int64_t epoch = 0; epoch < 5; ++epoch)
      for (int64_t i = 0; i < mixing.size(); ++i)
        if (Draw draw = mixing.at(i, epoch); draw.task == 1) drawn.push_back(draw.example);
    REQUIRE(drawn.size() == 35);
    for (size_t first = 0; first < 35; first += 5)
      CHECK(std::set<int64_t>(drawn.begin() + first, drawn.begin() + first + 5).size() == 5);
    // And not in the same order every time.
    bool all_alike = true;
    for (size_t i = 5; i < 35; ++i) all_alike = all_alike && drawn[i] == drawn[i % 5];
    CHECK_FALSE(all_alike);
  }

  TEST_CASE("mixing: another seed, another order; the same seed, the same") {
    Mixing a({50, 50}, {1, 1}, 1), b({50, 50}, {1, 1}, 1), c({50, 50}, {1, 1}, 2);
    int64_t same = 0;
    for (int64_t i = 0; i < 100; ++i) {
      CHECK(a.at(i, 3).example == b.at(i, 3).example);
      same += a.at(i, 3).example == c.at(i, 3).example;
    }
    CHECK(same < 15);
  }
}

TEST_SUITE("tasks") {
  TEST_CASE("a label of weight 2 counts as two, in one batch or in several, with any threads") {
    TokenPair a{{3, 4, 1}, {5, 6, 7, 1}}, b{{8, 1}, {9, kIgnoredLabel, 1}}, twice = a;
    twice.weight = 2;
    for (int threads : {1, 2}) {
      Threads scope(threads);
      auto [loss, values] = after_a_step({{a, a, b}});
      for (const auto& batches :
           {std::vector<std::vector<TokenPair>>{{twice, b}}, {{b}, {twice}}}) {
        auto [weighted_loss, weighted] = after_a_step(batches);
        CHECK(weighted_loss == doctest::Approx(loss).epsilon(1e-5));
        double gap = 0;
        for (size_t i = 0; i < values.size(); ++i)
          gap = std::max<double>(gap, std::abs(values[i] - weighted[i]));
        CHECK(gap < 1e-5);
      }
    }
  }

  TEST_CASE("weights count also where they are 1 on average") {
    TokenPair a{{3, 4, 1}, {5, 6, 1}}, b{{8, 1}, {9, 7, 1}}, little = a, much = b;
    little.weight = 0.5, much.weight = 1.5;
    Threads one(1);  // or each would be a share by itself
    CHECK(after_a_step({{little, much}}).first ==
          doctest::Approx(after_a_step({{a, b, b, b}}).first).epsilon(1e-5));
  }

  TEST_CASE("weights that are all alike change no bit") {
    TokenPair a{{3, 4, 1}, {5, 6, 7, 1}}, b{{8, 1}, {9, 1}};
    auto without = after_a_step({{a, b}});
    a.weight = b.weight = 4;
    CHECK(after_a_step({{a, b}}) == without);
  }

  TEST_CASE("a mixture's file has weights, and its training set carries them") {
    TemporaryDirectory d;
    d.file("a.tsv", "3 1\t4 1\n5 1\t6 1\n");
    for (std::string name : {"a", "b"})
      d.file(name + ".json", R"({"splits": {"train": "a.tsv"}, "name": ")" + name + "\"}");
    Mixture mixture = read_mixture(d.file(
        "mix.json", R"({"tasks": [{"file": "a.json", "weight": 0.5}, {"file": "b.json"}]})"));
    Config config = preset_config("tiny");
    config.vocab_size = 259;
    TextModel model{make_model(config, 1), make_byte_tokenizer(0)};
    TrainingSet set = mixed_set(mixture, model, 1);
    CHECK(set.settings().find("a 0.5 weight 0.5, b 0.5") != std::string::npos);
    for (int64_t i = 0; i < 4; ++i) CHECK(set.example(i, 0).weight == (i < 2 ? 0.5 : 1));
  }
}

}  // namespace t5
