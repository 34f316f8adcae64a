#include "tutorials/15-text-to-text/mixings.h"

#include <fmt/format.h>

#include <iterator>
#include <numeric>

#include "t5/train/evaluate.h"

namespace t5::tutorial {

std::vector<NamedMixture> mixings_of(const std::vector<ToyTask>& tasks) {
  Mixture all;
  for (const ToyTask& toy : tasks) all.tasks.push_back({toy.task});
  std::vector<NamedMixture> mixings = {
      {"in proportion", all}, {"limit 4,000", all}, {"temperature 2", all}, {"equal", all}};
  mixings[1].mixture.limit = 4000;
  mixings[2].mixture.temperature = 2;
  mixings[3].mixture.mixing = "equal";
  return mixings;
}

std::string shares_table(const std::vector<ToyTask>& tasks, const TextModel& model, int64_t draws) {
  std::vector<int64_t> sizes;
  std::vector<double> lengths;  // of the targets, in tokens
  std::string table = fmt::format("   {:14}", "");
  for (const ToyTask& toy : tasks) {
    std::vector<TokenPair> pairs = tokenize(toy.task.examples("train"), model);
    double tokens = 0;
    for (const TokenPair& pair : pairs) tokens += static_cast<double>(pair.target.size());
    sizes.push_back(std::ssize(pairs));
    lengths.push_back(tokens / static_cast<double>(pairs.size()));
    table += fmt::format(" {:>20}", fmt::format("{}, {}", toy.task.name, sizes.back()));
  }
  for (const auto& [name, mixture] : mixings_of(tasks)) {
    std::vector<double> rates = mixture.rates(sizes);
    double tokens = std::inner_product(rates.begin(), rates.end(), lengths.begin(), 0.0);
    table += fmt::format("\n   {:14}", name);
    for (size_t t = 0; t < tasks.size(); ++t)
      table += fmt::format(" {:5.1f} % {:4.1f} % {:4.1f} x", 100 * rates[t],
                           100 * rates[t] * lengths[t] / tokens,
                           rates[t] * static_cast<double>(draws) / static_cast<double>(sizes[t]));
  }
  return table;
}

Validation loss_per_task(const std::vector<ToyTask>& tasks, const TextModel& model) {
  std::vector<TokenPair> all;
  std::vector<std::vector<TokenPair>> each;
  std::vector<Validation::Metric> names;
  for (const ToyTask& toy : tasks) {
    each.push_back(tokenize(toy.test, model));
    all.insert(all.end(), each.back().begin(), each.back().end());
    names.push_back({toy.task.name, false});
  }
  return {all, names, [each](const Model& trained) {
            std::vector<double> losses;
            for (const auto& pairs : each) losses.push_back(evaluate(trained, pairs, 64).loss);
            return losses;
          }};
}

}  // namespace t5::tutorial
