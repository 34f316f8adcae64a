#include "t5/transfer/freezing.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <set>

#include "tensor/error.h"

namespace t5 {
namespace {

std::regex pattern_of(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error&) {
    fail("freeze: '{}' is not a regular expression", text);
  }
}

}  // namespace

std::function<bool(const std::string&)> all_but(const std::vector<std::string>& frozen) {
  std::vector<std::regex> patterns;
  for (const std::string& text : frozen) patterns.push_back(pattern_of(text));
  return [patterns](const std::string& name) -> bool {
    // exercise 19-transfer/freeze — trained is what no pattern matches whole
    return std::none_of(patterns.begin(), patterns.end(),
                        [&](const std::regex& pattern) { return std::regex_match(name, pattern); });
    // end exercise
  };
}

void check_patterns(const std::vector<std::string>& frozen, const Parameters& parameters) {
  std::set<std::string> parts;
  for (const Parameter& p : parameters.all()) parts.insert(p.name.substr(0, p.name.find('.')));
  for (const std::string& text : frozen) {
    std::regex pattern = pattern_of(text);
    bool matches =
        std::any_of(parameters.all().begin(), parameters.all().end(),
                    [&](const Parameter& p) { return std::regex_match(p.name, pattern); });
    check(matches, "freeze: no parameter's whole name matches '{}'; they begin with {}, as in {}",
          text, fmt::join(parts, ", "), parameters.all().back().name);
  }
  check(frozen.empty() || !parameters.trainable().empty(), "freeze: nothing is left to train");
}

int64_t trained_count(const Parameters& parameters) {
  // exercise 19-transfer/count — how many numbers training changes
  int64_t count = 0;
  for (const Parameter* p : parameters.trainable()) count += p->var.shape().size();
  return count;
  // end exercise
}

}  // namespace t5
