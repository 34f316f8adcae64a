// The three heads that prediction uses: functions from states to a score for every token.
//
// Whoever predicts makes the one that it needs and keeps it. The full head gives all logits; where
// only a few tokens can come next, no other row of the table need be read; where the largest logit
// alone counts, a screen says which few rows have to be.
#pragma once

#include <functional>

#include "nn/layers/basic.h"
#include "t5/generation/head_screen.h"

namespace t5 {

// (N, M) states -> (N, V) logits, minus infinity for tokens that cannot be chosen.
using Scorer = std::function<Tensor(const Tensor& states)>;

Scorer score_all(const VocabularyHead& head);
// Of these tokens alone: all others get minus infinity.
Scorer score_few(const VocabularyHead& head, const Ids& ids);
// Of tokens that may be the largest of their row, and of those in `apart`: all others get minus
// infinity. For HeadScreen::kMaxRows rows at most. The screen must outlive the scorer.
Scorer score_largest(const VocabularyHead& head, const HeadScreen& screen, const Ids& apart);

}  // namespace t5
