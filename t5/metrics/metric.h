// The metrics by name: what they judge, how they are asked, and the table of all.
//
// A metric compares texts with texts and knows nothing of models. Its work is in the file of its
// family: words (how a text is read), ngrams (BLEU, chrF), edit (TER), overlap (ROUGE), answers,
// labels, numbers, spans. A new metric is a function there and a row of the table.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "t5/metrics/bootstrap.h"
#include "t5/metrics/labels.h"
#include "t5/metrics/ngrams.h"

namespace t5 {

// What is to be judged: one prediction an example, and the texts that would be right, at least one.
struct Judged {
  std::vector<std::string> predictions;
  std::vector<std::vector<std::string>> references;
};

struct MetricOptions {
  std::string tokenize = "13a";  // BLEU's words: see bleu_words
  Smoothing smoothing = {};      // BLEU's
  ChrfOptions chrf = {};
  bool lowercase = false;      // BLEU and chrF read the texts in lower case
  bool stemmer = false;        // ROUGE's words lose their endings
  std::string pos_label = "";  // the label that f1 is of
};

struct Metric {
  std::string name, what;
  bool larger_is_better;
  // Reads all examples, once; what is kept gives the score over any sample of them.
  SampleScore (*read)(const Judged& judged, const MetricOptions& options);
};

// All of them, in the order in which they are listed.
std::span<const Metric> metrics();

// The metric of this name. Throws Error, with the names that there are, when there is none.
const Metric& find_metric(const std::string& name);

// "bleu, chrf, …": the names that there are.
std::string metric_names();

using Scores = std::vector<std::pair<std::string, double>>;  // names and values in order

// The metrics of these names over all examples. Throws Error for an unknown name, for numbers of
// predictions and references that differ, for no examples at all, and for texts that are not what
// a metric reads.
Scores measure(const std::vector<std::string>& names, const Judged& judged,
               const MetricOptions& options = {});

// Throws Error unless there is an example, and a prediction and a reference for each.
void check_judged(const Judged& judged);

// The examples as labels, for classification_report. Throws Error where an example has several
// references: a label is right or wrong.
Confusion confusion(const Judged& judged);

// What must be known of a BLEU, chrF or TER to compare it with another, as sacreBLEU writes it:
// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp". "" for metrics without one.
std::string signature(const std::string& name, const Judged& judged, const MetricOptions& options);

}  // namespace t5
