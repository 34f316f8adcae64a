#include "t5/cli/metric_options.h"

#include <fmt/format.h>

#include <set>

namespace t5 {

MetricOptions MetricFlags::chosen() const {
  MetricOptions chosen = options;
  if (smooth_value >= 0) chosen.smoothing.value = smooth_value;
  return chosen;
}

void declare_metric_names(Options& options, std::vector<std::string>& names,
                          const std::vector<std::string>& others) {
  std::vector<std::string> choices = others;
  std::string help =
      "which, in which order, separated by commas; from 0 to 1 where nothing else is said";
  if (!others.empty())
    help += fmt::format(
        "; default: those of the model's head. With the true prefix given: {}. "
        "Of the texts that the model writes",
        fmt::join(others, ", "));
  for (const Metric& metric : metrics()) {
    choices.push_back(metric.name);
    help += fmt::format("\n{:<12} {}", metric.name, metric.what);
  }
  options.some_of("--metrics", names, help.c_str(), choices);
}

void check_names(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second) throw UsageError{"--metrics: " + name + " is asked for twice"};
}

void declare_metric_options(Options& options, MetricFlags& o) {
  options
      .one_of("--tokenize", o.options.tokenize, "BLEU's words, by sacreBLEU's names",
              {"13a", "intl", "char", "none"})
      .one_of("--smooth-method", o.options.smoothing.method, "BLEU's, where an order has no match",
              {"exp", "floor", "add-k", "none"})
      .number("--smooth-value", o.smooth_value, "of floor (default 0.1) and add-k (default 1)", 0,
              1e6)
      .flag("--lowercase", o.options.lowercase, "BLEU and chrF of the texts in lower case")
      .integer("--chrf-char-order", o.options.chrf.char_order, "chrF's longest character n-grams",
               1, 100)
      .integer("--chrf-word-order", o.options.chrf.word_order,
               "and longest word n-grams; 2 makes chrF++", 0, 100)
      .number("--chrf-beta", o.options.chrf.beta, "how much more recall counts than precision", 0,
              1000)
      .flag("--stemmer", o.options.stemmer, "ROUGE of words without their endings (Porter's)")
      .text("--pos-label", o.options.pos_label, "the label that f1 is of");
}

}  // namespace t5
