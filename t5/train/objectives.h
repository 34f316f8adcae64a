// The pretraining objectives that the paper compares (Raffel et al. 2020, sections 3.1.4 and 3.3),
// a row of a table for each. Those with a sentinel for each hidden run, and the prefix language
// model, are span_corruption.h's; the others are here. Of "Thank you for inviting me to your party
// last week", with <M> for <extra_id_0> (their table 3):
//
//   bert          Thank you <M> <M> me to your party apple week    → the text
//   mass          Thank you <M> <M> me to your party <M> week      → the text
//   drop-tokens   Thank you me to your party week                  → for inviting last
//   deshuffling   party me for your to last you inviting week Thank → the text
//   lm            (nothing)                                        → the text
#pragma once

#include <string>
#include <vector>

#include "t5/train/span_corruption.h"

namespace t5 {

// Each token is hidden by a draw of its own. A hidden one is replaced by the first sentinel, or,
// with this probability, by a random token that is none of `markers`. The target is the whole text.
// Without random tokens this is MASS (Song et al. 2019) as the paper has it, with 0.1 its variant
// of BERT, in which no hidden token is kept as it is.
Objective masked_text(const NoiseOptions& options, Markers markers, double random_share);
inline constexpr double kRandomShare = 0.1;

// The hidden tokens are left out, and nothing says where; they are the target.
Objective dropped_tokens(const NoiseOptions& options, Markers markers);
// The tokens in a random order go in, each order equally likely; the text comes out.
Objective deshuffling(Markers markers);
// Nothing goes in: a language model, in the decoder alone.
Objective plain_language_model(Markers markers);

struct ObjectiveKind {
  const char* name;  // as t5 pretrain --objective calls it
  // Whether --noise-density and --mean-noise-span-length say something to it.
  bool has_density, has_spans;
  // The longest chunk whose input and target are as long as asked for, at most.
  int64_t (*chunk_length)(int64_t inputs, const NoiseOptions& options);
  Objective (*make)(const NoiseOptions& options, Markers markers);
};

// In the order of the program's --help; the first is the default.
const std::vector<ObjectiveKind>& objective_kinds();
// The row of that name. An unknown one throws with the list.
const ObjectiveKind& objective_kind(const std::string& name);

}  // namespace t5
