// Labels against the right ones: how often which is taken for which, and what that comes to.
//
// Everything is computed from one table, the confusion matrix, as scikit-learn does: its labels are
// all that occur, right or predicted, so that an answer that is no label at all counts as one that
// is never right. A quotient of nothing by nothing is 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "t5/report/heat_map.h"

namespace t5 {

struct Confusion {
  std::vector<std::string> labels;  // sorted
  std::vector<int64_t> counts;      // row by row: the right label; column by column: the predicted

  int64_t at(size_t right, size_t predicted) const {
    return counts[right * labels.size() + predicted];
  }
  int64_t row(size_t label) const;     // examples of which it is the right one
  int64_t column(size_t label) const;  // examples of which it was predicted
  int64_t diagonal() const;            // examples that were predicted right
  int64_t total() const;
};

// Of pairs of a right label and a predicted one, at least one. Throws Error for more than 5000
// different labels: texts, that is.
Confusion confusion(const std::vector<std::string>& right,
                    const std::vector<std::string>& predicted);

double accuracy(const Confusion& c);

// Of one label: the share of its predictions that are right, the share of its examples that were
// found, and their harmonic mean.
struct ClassScores {
  double precision = 0, recall = 0, f1 = 0, support = 0;  // support: its examples
};
ClassScores class_scores(const Confusion& c, size_t label);

// Over all labels: each weighs the same.
ClassScores macro_average(const Confusion& c);
// Each weighs as its examples are many.
ClassScores weighted_average(const Confusion& c);
// Of all predictions in one pot; with one label an example, all three are the accuracy.
double micro_f1(const Confusion& c);

// Matthews' correlation of the predicted labels with the right ones, from -1 to 1 (Gorodkin 2004,
// for any number of labels): 0 is what guessing gives, however unequal the labels are. 0 where
// there is one label alone, right or predicted.
double matthews(const Confusion& c);

// The table that scikit-learn's classification_report prints.
std::string classification_report(const Confusion& c);

// The confusion matrix as text, a row for each right label, and as a picture: the darker, the
// larger the share of the row.
std::string confusion_text(const Confusion& c);
HeatMap confusion_picture(const Confusion& c);

}  // namespace t5
