#include "t5/tasks/mixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "t5/files/json.h"
#include "t5/tasks/tokenized.h"
#include "t5/train/fingerprint.h"
#include "tensor/error.h"

namespace t5 {

std::vector<double> mixing_rates(const std::vector<int64_t>& sizes, int64_t limit,
                                 double temperature) {
  check(temperature > 0, "mixing: a temperature of {}; it must be above 0", temperature);
  for (int64_t size : sizes) check(size > 0, "mixing: a task without examples");
  // exercise 15-text-to-text/mixing-rates — min(size, limit)^(1 / temperature), as shares
  std::vector<double> rates;
  for (int64_t size : sizes) {
    double counted = static_cast<double>(limit > 0 ? std::min(size, limit) : size);
    rates.push_back(std::pow(counted, 1 / temperature));
  }
  double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  for (double& rate : rates) rate /= sum;
  return rates;
  // end exercise
}

std::vector<int64_t> places_of(const std::vector<double>& rates, int64_t total) {
  double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  check(sum > 0 && std::isfinite(sum), "mixing: rates that add up to {}", sum);
  for (double rate : rates) check(rate >= 0, "mixing: a rate of {}", rate);
  // exercise 15-text-to-text/places — whole numbers, the largest remainders rounded up
  std::vector<int64_t> places, order(rates.size());
  std::vector<double> rests;
  for (double rate : rates) {
    double exact = rate / sum * static_cast<double>(total);
    places.push_back(static_cast<int64_t>(exact));
    rests.push_back(exact - std::floor(exact));
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return rests[a] > rests[b]; });
  int64_t left = total - std::accumulate(places.begin(), places.end(), int64_t{0});
  for (int64_t i = 0; i < left; ++i) ++places[order[i]];
  return places;
  // end exercise
}

// Four rounds of Feistel's network mix the two halves of the number's bits, one to one. Results
// that are too large are mixed again until they are not.
int64_t shuffled(int64_t index, int64_t size, const Random& key) {
  // exercise 15-text-to-text/shuffled — four rounds on the halves of the number's bits
  int half = (std::bit_width(static_cast<uint64_t>(size)) + 1) / 2;
  uint64_t mask = (uint64_t{1} << half) - 1, number = static_cast<uint64_t>(index);
  do {
    uint64_t left = number >> half, right = number & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      uint64_t mixed = key.fork(round).fork(right).bits() & mask;
      left = std::exchange(right, left ^ mixed);
    }
    number = left << half | right;
  } while (number >= static_cast<uint64_t>(size));
  return static_cast<int64_t>(number);
  // end exercise
}

Mixing::Mixing(std::vector<int64_t> sizes, const std::vector<double>& rates, uint64_t seed)
    : sizes_(std::move(sizes)),
      first_{0},
      size_(std::accumulate(sizes_.begin(), sizes_.end(), int64_t{0})),
      seed_(seed) {
  for (int64_t places : places_of(rates, size_)) first_.push_back(first_.back() + places);
}

Draw Mixing::at(int64_t index, int64_t epoch) const {
  // exercise 15-text-to-text/draw — which task, and which of its examples
  auto next = std::upper_bound(first_.begin(), first_.end(), index);
  int64_t task = next - first_.begin() - 1, places = first_[task + 1] - first_[task];
  int64_t drawn = epoch * places + index - first_[task];  // of this task, in all epochs
  Random key = Random(seed_).fork(task).fork(drawn / sizes_[task]);
  return {task, shuffled(drawn % sizes_[task], sizes_[task], key)};
  // end exercise
}

std::vector<double> Mixture::rates(const std::vector<int64_t>& sizes) const {
  if (mixing == "proportional") return mixing_rates(sizes, limit, temperature);
  std::vector<double> rates;
  for (const MixedTask& mixed : tasks) rates.push_back(mixing == "equal" ? 1 : mixed.rate);
  double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  check(sum > 0, "mixture: all rates are 0");
  for (double& rate : rates) rate /= sum;
  return rates;
}

void check_names(const Mixture& mixture) {
  std::set<std::string> names;
  for (const MixedTask& mixed : mixture.tasks)
    check(names.insert(mixed.task.name).second,
          "mixture: two tasks are called {}; give one another \"name\"", mixed.task.name);
}

Mixture mixture_of(const std::vector<std::string>& tasks) {
  Mixture mixture;
  for (const std::string& task : tasks) mixture.tasks.push_back({task_named(task)});
  check_names(mixture);
  return mixture;
}

Mixture read_mixture(const std::string& path) {
  JsonObject file = JsonObject::read(path);
  for (const auto& [key, value] : file.value().items())
    check(std::set<std::string>{"tasks", "mixing", "mixing_limit", "temperature"}.contains(key),
          "{}: {}: is not a key of a mixture; there are tasks, mixing, mixing_limit, temperature",
          path, key);
  Mixture mixture;
  auto folder = std::filesystem::path(path).parent_path();
  check(file.has("tasks") && file.value()["tasks"].is_array() && !file.value()["tasks"].empty(),
        "{}: tasks: expected a list of tasks", path);
  for (const Json& item : file.value()["tasks"]) {
    JsonObject task(item, path + ": tasks");
    mixture.tasks.push_back({read_task((folder / task.string("file")).string()),
                             task.number("rate", 0, 1e9, 1), task.number("weight", 1e-6, 1e6, 1)});
  }
  mixture.mixing = file.string("mixing", mixture.mixing);
  check(std::set<std::string>{"proportional", "equal", "by-hand"}.contains(mixture.mixing),
        "{}: mixing: '{}' is not one of proportional, equal, by-hand", path, mixture.mixing);
  mixture.limit = file.integer("mixing_limit", 0, int64_t{1} << 40, 0);
  mixture.temperature = file.number("temperature", 1e-6, 1e6, 1);
  check_names(mixture);
  return mixture;
}

TrainingSet mixed_set(const Mixture& mixture, const TextModel& model, uint64_t seed) {
  auto pairs = std::make_shared<std::vector<std::vector<TokenPair>>>();
  std::vector<int64_t> sizes;
  std::string settings = fmt::format("mixing {}, limit {}, temperature {}", mixture.mixing,
                                     mixture.limit, mixture.temperature);
  uint64_t print = 0;
  for (const MixedTask& mixed : mixture.tasks) {
    pairs->push_back(tokenize(mixed.task.examples("train"), model));
    sizes.push_back(std::ssize(pairs->back()));
    print = print * 31 + fingerprint(pairs->back());
    for (TokenPair& pair : pairs->back()) pair.weight = mixed.weight;
  }
  std::vector<double> rates = mixture.rates(sizes);
  for (size_t i = 0; i < rates.size(); ++i) {
    const MixedTask& mixed = mixture.tasks[i];
    settings += fmt::format(", {} {:.6g}", mixed.task.name, rates[i]);
    if (mixed.weight != 1) settings += fmt::format(" weight {:.6g}", mixed.weight);
  }
  Mixing mixing(sizes, rates, seed);
  auto make = [pairs, mixing](int64_t index, int64_t epoch) {
    Draw draw = mixing.at(index, epoch);
    return (*pairs)[draw.task][draw.example];
  };
  return {mixing.size(), make, settings, print};
}

}  // namespace t5
