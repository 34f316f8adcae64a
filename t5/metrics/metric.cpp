// How each metric reads the examples, and the table of all; see metric.h.
#include "t5/metrics/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "t5/metrics/answers.h"
#include "t5/metrics/edit.h"
#include "t5/metrics/numbers.h"
#include "t5/metrics/overlap.h"
#include "t5/metrics/spans.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// A metric that is a formula on sums: count(i) is what example i adds.
template <class Count, class Formula>
SampleScore of_sums(const Judged& judged, const Count& count, const Formula& formula) {
  using Counts = decltype(count(size_t{0}));
  std::vector<Counts> counts(judged.predictions.size());
  parallel_items(static_cast<int64_t>(counts.size()),
                 [&](int64_t i, int64_t) { counts[i] = count(static_cast<size_t>(i)); });
  return [counts = std::move(counts), formula](std::span<const int64_t> examples) {
    Counts sum = {};
    for (int64_t i : examples) sum += counts[i];
    return formula(sum);
  };
}

struct Mean {
  double sum = 0, count = 0;

  Mean& operator+=(const Mean& other) {
    sum += other.sum, count += other.count;
    return *this;
  }
};

// A metric that is the mean of what each prediction is worth against the best of its references.
template <class Worth>
SampleScore of_means(const Judged& judged, const Worth& worth) {
  auto best = [&](size_t i) {
    double most = 0;
    for (const std::string& reference : judged.references[i])
      most = std::max<double>(most, worth(judged.predictions[i], reference));
    return Mean{most, 1};
  };
  return of_sums(judged, best, [](const Mean& mean) { return mean.sum / mean.count; });
}

SampleScore read_bleu(const Judged& judged, const MetricOptions& options) {
  bleu_precisions({}, options.smoothing);  // refuses what is no smoothing
  auto words = [&](const std::string& text) {
    return bleu_words(options.lowercase ? lower_case(text) : text, options.tokenize);
  };
  auto count = [&](size_t i) {
    Numbering numbering;
    std::vector<std::u32string> references;
    for (const std::string& reference : judged.references[i])
      references.push_back(numbered(words(reference), numbering));
    return bleu_counts(numbered(words(judged.predictions[i]), numbering), references);
  };
  Smoothing smoothing = options.smoothing;
  return of_sums(judged, count, [=](const BleuCounts& sum) { return bleu(sum, smoothing); });
}

SampleScore read_chrf(const Judged& judged, const MetricOptions& options) {
  auto lowered = [](std::vector<std::string> texts) {
    for (std::string& text : texts) text = lower_case(text);
    return texts;
  };
  auto count = [&](size_t i) {
    const std::string& text = judged.predictions[i];
    if (!options.lowercase) return chrf_counts(text, judged.references[i], options.chrf);
    return chrf_counts(lower_case(text), lowered(judged.references[i]), options.chrf);
  };
  ChrfOptions chosen = options.chrf;
  return of_sums(judged, count, [=](const ChrfCounts& sum) { return chrf(sum, chosen); });
}

SampleScore read_ter(const Judged& judged, const MetricOptions&) {
  auto count = [&](size_t i) {
    Numbering numbering;
    std::vector<std::u32string> references;
    for (const std::string& reference : judged.references[i])
      references.push_back(numbered(split_words(lower_case(reference)), numbering));
    std::u32string text = numbered(split_words(lower_case(judged.predictions[i])), numbering);
    return ter_counts(text, references);
  };
  return of_sums(judged, count, [](const TerCounts& sum) { return ter(sum); });
}

// ROUGE by `overlap` of two texts as word numbers.
template <class Overlap>
SampleScore read_rouge(const Judged& judged, bool stemmer, const Overlap& overlap) {
  return of_means(judged, [&](const std::string& text, const std::string& reference) {
    Numbering numbering;
    std::u32string found = numbered(rouge_words(text, stemmer), numbering);
    return overlap(found, numbered(rouge_words(reference, stemmer), numbering));
  });
}

template <size_t n>
SampleScore read_rouge_n(const Judged& judged, const MetricOptions& options) {
  return read_rouge(judged, options.stemmer, [](const auto& text, const auto& reference) {
    return rouge_n(text, reference, n);
  });
}

SampleScore read_rouge_l(const Judged& judged, const MetricOptions& options) {
  return read_rouge(judged, options.stemmer, rouge_l);
}

// A sentence is what stands on a line of its own.
SampleScore read_rouge_l_sum(const Judged& judged, const MetricOptions& options) {
  auto sentences = [&](const std::string& text, Numbering& numbering) {
    std::vector<std::u32string> out;
    for (size_t at = 0; at <= text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      out.push_back(numbered(rouge_words(text.substr(at, end - at), options.stemmer), numbering));
      at = end + 1;
    }
    return out;
  };
  return of_means(judged, [&](const std::string& text, const std::string& reference) {
    Numbering numbering;
    std::vector<std::u32string> found = sentences(text, numbering);
    return rouge_l_sum(found, sentences(reference, numbering));
  });
}

SampleScore read_exact_match(const Judged& judged, const MetricOptions&) {
  return of_means(judged, exact_match);
}

// The references that have words: an answer that has none is that there is no answer, and counts
// only where there is no other (SQuAD 2.0).
std::vector<std::string> answers_of(const std::vector<std::string>& references) {
  std::vector<std::string> answers;
  for (const std::string& reference : references)
    if (!answer_words(reference).empty()) answers.push_back(reference);
  return answers.empty() ? std::vector<std::string>{""} : answers;
}

template <class Worth>
SampleScore read_squad(Judged judged, const Worth& worth) {
  for (std::vector<std::string>& references : judged.references)
    references = answers_of(references);
  return of_means(judged, worth);
}

SampleScore read_squad_em(const Judged& judged, const MetricOptions&) {
  return read_squad(judged, squad_exact_match);
}

SampleScore read_squad_f1(const Judged& judged, const MetricOptions&) {
  return read_squad(judged, [](const std::string& answer, const std::string& wanted) {
    return bag_f1(answer_words(answer), answer_words(wanted));
  });
}

// The one reference of an example.
const std::string& only_reference(const Judged& judged, size_t i, const char* what) {
  check(judged.references[i].size() == 1, "{}: example {} has {} references; one is expected", what,
        i + 1, judged.references[i].size());
  return judged.references[i][0];
}

std::string label_of(const std::string& text) {
  return fmt::format("{}", fmt::join(split_words(text), " "));
}

struct Labels {
  std::vector<std::string> right, predicted;
};

Labels labels_of(const Judged& judged) {
  Labels labels;
  for (size_t i = 0; i < judged.predictions.size(); ++i) {
    labels.right.push_back(label_of(only_reference(judged, i, "labels")));
    labels.predicted.push_back(label_of(judged.predictions[i]));
  }
  return labels;
}

SampleScore read_accuracy(const Judged& judged, const MetricOptions& options) {
  labels_of(judged);
  return read_exact_match(judged, options);
}

// A sample has the labels that occur in it.
template <double (*formula)(const Confusion&)>
SampleScore read_labels(const Judged& judged, const MetricOptions&) {
  return [all = labels_of(judged)](std::span<const int64_t> examples) {
    Labels labels;
    for (int64_t i : examples) {
      labels.right.push_back(all.right[i]);
      labels.predicted.push_back(all.predicted[i]);
    }
    return formula(confusion(labels.right, labels.predicted));
  };
}

double macro_f1(const Confusion& c) { return macro_average(c).f1; }
double weighted_f1(const Confusion& c) { return weighted_average(c).f1; }

double number_in(const std::string& text, const char* what, size_t example) {
  std::string word = label_of(text);
  double value = NAN;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  check(error == std::errc() && end == word.data() + word.size() && std::isfinite(value),
        "correlation: {} {}: '{}' is not a number", what, example + 1, text);
  return value;
}

template <double (*correlation)(const std::vector<double>&, const std::vector<double>&)>
SampleScore read_numbers(const Judged& judged, const MetricOptions&) {
  size_t n = judged.predictions.size();
  check(n >= 2, "correlation: one example says nothing; two are needed at least");
  std::vector<double> predicted, right;
  for (size_t i = 0; i < n; ++i) {
    predicted.push_back(number_in(judged.predictions[i], "prediction", i));
    right.push_back(number_in(only_reference(judged, i, "correlation"), "reference", i));
  }
  return [=](std::span<const int64_t> examples) {
    std::vector<double> x, y;
    for (int64_t i : examples) x.push_back(predicted[i]), y.push_back(right[i]);
    return correlation(x, y);
  };
}

double f1_of(const SpanCounts& sum) { return f_measure(sum.hits, sum.found, sum.wanted); }

SampleScore read_f1(const Judged& judged, const MetricOptions& options) {
  check(!options.pos_label.empty(), "f1: of which label? name it with --pos-label");
  Labels labels = labels_of(judged);
  auto count = [&](size_t i) {
    bool found = labels.predicted[i] == options.pos_label;
    bool wanted = labels.right[i] == options.pos_label;
    return SpanCounts{found && wanted ? 1.0 : 0.0, found ? 1.0 : 0.0, wanted ? 1.0 : 0.0};
  };
  return of_sums(judged, count, f1_of);
}

SampleScore read_entity_f1(const Judged& judged, const MetricOptions&) {
  auto count = [&](size_t i) {
    Words found = split_words(judged.predictions[i]);
    Words wanted = split_words(only_reference(judged, i, "entities"));
    check(found.size() == wanted.size(),
          "entities: example {} has {} predicted labels for {}; one a word is expected", i + 1,
          found.size(), wanted.size());
    return count_spans(tagged_spans(found), tagged_spans(wanted));
  };
  return of_sums(judged, count, f1_of);
}

SampleScore read_span_f1(const Judged& judged, const MetricOptions&) {
  auto count = [&](size_t i) {
    return count_spans(written_spans(judged.predictions[i]),
                       written_spans(only_reference(judged, i, "entities")));
  };
  return of_sums(judged, count, f1_of);
}

const Metric kMetrics[] = {
    {"bleu", "BLEU, 0 to 100: shared word n-grams, of the corpus", true, read_bleu},
    {"chrf", "chrF, 0 to 100: shared character n-grams, of the corpus", true, read_chrf},
    {"ter", "TER: edits a hundred reference words, moves included", false, read_ter},
    {"rouge1", "ROUGE-1: F of shared words, mean over examples", true, read_rouge_n<1>},
    {"rouge2", "ROUGE-2: F of shared pairs of words", true, read_rouge_n<2>},
    {"rougeL", "ROUGE-L: F of the longest common subsequence", true, read_rouge_l},
    {"rougeLsum", "ROUGE-L sentence by sentence, one a line of the text", true, read_rouge_l_sum},
    {"exact_match", "the text word for word, white space aside", true, read_exact_match},
    {"squad_em", "SQuAD's exact match: without case, punctuation, articles", true, read_squad_em},
    {"squad_f1", "SQuAD's F1 of shared words", true, read_squad_f1},
    {"accuracy", "the share of right labels", true, read_accuracy},
    {"f1", "F1 of one label, --pos-label", true, read_f1},
    {"f1_macro", "F1 of labels, each weighing the same", true, read_labels<macro_f1>},
    {"f1_micro", "F1 of labels, all in one pot", true, read_labels<micro_f1>},
    {"f1_weighted", "F1 of labels, weighing by their examples", true, read_labels<weighted_f1>},
    {"matthews", "Matthews' correlation of labels, -1 to 1", true, read_labels<matthews>},
    {"pearson", "Pearson's correlation of numbers", true, read_numbers<pearson>},
    {"spearman", "Spearman's correlation of numbers, by rank", true, read_numbers<spearman>},
    {"entity_f1", "F1 of entities from a label a word: B-PER I-PER O", true, read_entity_f1},
    {"span_f1", "F1 of entities as text: PER: John Smith $$ LOC: Paris", true, read_span_f1},
};

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

std::string metric_names() {
  std::string names;
  for (const Metric& metric : metrics()) names += (names.empty() ? "" : ", ") + metric.name;
  return names;
}

const Metric& find_metric(const std::string& name) {
  for (const Metric& metric : metrics())
    if (metric.name == name) return metric;
  fail("there is no metric '{}'; there are {}", name, metric_names());
}

void check_judged(const Judged& judged) {
  check(judged.predictions.size() == judged.references.size(),
        "metrics: {} predictions for {} references", judged.predictions.size(),
        judged.references.size());
  check(!judged.predictions.empty(), "metrics: there are no predictions to judge");
  for (size_t i = 0; i < judged.references.size(); ++i)
    check(!judged.references[i].empty(), "metrics: example {} has no reference", i + 1);
}

Scores measure(const std::vector<std::string>& names, const Judged& judged,
               const MetricOptions& options) {
  for (const std::string& name : names) find_metric(name);
  check_judged(judged);
  auto examples = static_cast<int64_t>(judged.predictions.size());
  Scores scores;
  for (const std::string& name : names)
    scores.emplace_back(name, score_of_all(find_metric(name).read(judged, options), examples));
  return scores;
}

Confusion confusion(const Judged& judged) {
  check_judged(judged);
  Labels labels = labels_of(judged);
  return confusion(labels.right, labels.predicted);
}

std::string signature(const std::string& name, const Judged& judged, const MetricOptions& options) {
  std::set<size_t> numbers;
  for (const auto& references : judged.references) numbers.insert(references.size());
  std::string references = numbers.size() == 1 ? std::to_string(*numbers.begin()) : "var";
  const char* letters = options.lowercase ? "lc" : "mixed";
  if (name == "bleu") {
    const auto& [method, value] = options.smoothing;
    std::string smooth = method;
    if (method == "floor") smooth += fmt::format("[{:.2f}]", value.value_or(0.1));
    if (method == "add-k") smooth += fmt::format("[{:.2f}]", value.value_or(1));
    return fmt::format("nrefs:{}|case:{}|eff:no|tok:{}|smooth:{}", references, letters,
                       options.tokenize, smooth);
  }
  if (name == "chrf")
    return fmt::format("nrefs:{}|case:{}|eff:yes|nc:{}|nw:{}|space:no", references, letters,
                       options.chrf.char_order, options.chrf.word_order);
  if (name == "ter")
    return fmt::format("nrefs:{}|case:lc|tok:tercom|norm:no|punct:yes|asian:no", references);
  return "";
}

}  // namespace t5
