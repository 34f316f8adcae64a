#include "t5/train/run_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "t5/text/lines.h"
#include "t5/train/fingerprint.h"
#include "tensor/ops/blas.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// What stands before the options.
constexpr const char* kSurroundings[] = {"threads", "blas_core", "start", "train", "validation"};

// name=value, separated by blanks.
std::map<std::string, std::string> values_of(const std::string& settings) {
  std::map<std::string, std::string> values;
  for (const std::string& word : words_of(settings)) {
    size_t end = word.find('=');
    values[word.substr(0, end)] = end == word.npos ? "yes" : word.substr(end + 1);
  }
  return values;
}

std::string short_text(uint64_t fingerprint) { return fmt::format("{:08x}", fingerprint >> 32); }

}  // namespace

std::string run_settings(const TrainOptions& options, const Model& start, const TrainingSet& data,
                         const std::vector<TokenPair>& validation) {
  return fmt::format("threads={} blas_core={} start={} train={} validation={} {}", thread_count(),
                     blas_core(), short_text(fingerprint(start.parameters())),
                     short_text(data.fingerprint()),
                     validation.empty() ? "none" : short_text(fingerprint(std::span(validation))),
                     settings_text(options, data.size(), data.settings()));
}

std::string settings_changes(const std::string& before, const std::string& now) {
  std::map<std::string, std::string> old_values = values_of(before), values = values_of(now);
  if (!old_values.contains(kSurroundings[0]))
    for (const char* name : kSurroundings) values.erase(name);
  std::map<std::string, std::string> all = values;
  all.insert(old_values.begin(), old_values.end());
  auto value_of = [](const auto& map, const std::string& name) {
    auto found = map.find(name);
    return found == map.end() ? "none" : found->second;
  };
  std::vector<std::string> changes;
  for (const auto& [name, value] : all) {
    std::string was = value_of(old_values, name), is = value_of(values, name);
    if (was != is) changes.push_back(fmt::format("{} {} → {}", name, was, is));
  }
  return fmt::format("{}", fmt::join(changes, ", "));
}

}  // namespace t5
