// Right sentences, and what can happen to them: what each metric says of each damage.
#pragma once

#include <string>
#include <vector>

#include "t5/report/heat_map.h"

namespace t5::tutorial {

struct Damage {
  std::string name;
  std::string (*apply)(const std::string& sentence, const std::string& next);  // next: another one
};

// From none to the worst. All but the first two change what a sentence says, or how well.
const std::vector<Damage>& damages();

// The first `count` English sentences of the corpus' test whose "not" can be contracted: "is not".
std::vector<std::string> negated_sentences(size_t count);

// Each sentence damaged, with the one after it as the other.
std::vector<std::string> damaged(const Damage& damage, const std::vector<std::string>& sentences);

// What the metrics say, in percent: a row for each damage, a column for each metric.
HeatMap damage_map(const std::vector<std::string>& sentences);

}  // namespace t5::tutorial
