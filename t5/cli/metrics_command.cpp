// t5 metrics: texts of any system against references.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/cli/metric_options.h"
#include "t5/metrics/judged_files.h"
#include "t5/report/heat_map.h"

namespace t5 {
namespace {

struct MetricsCommand {
  std::string predictions, baseline, output, test = "bs";
  std::vector<std::string> references, metrics;
  MetricFlags flags;
  bool confidence = false, report = false, signature = false;
  int64_t confidence_n = 1000, paired_n = 0;
  uint64_t seed = 12345;
  Existing existing = Existing::kRefuse;
};

// One metric: its score, and under longer names what was asked for beside it. With a baseline,
// `judged` has its outputs behind the n that are judged.
Scores scores_of(const std::string& name, const MetricsCommand& command, const Judged& judged,
                 int64_t n) {
  SampleScore score = find_metric(name).read(judged, command.flags.chosen());
  Scores scores = {{name, score_of_all(score, n)}};
  if (command.confidence) {
    Confidence c = confidence(score, n, command.confidence_n, command.seed);
    scores.emplace_back(name + "_mean", c.mean);
    scores.emplace_back(name + "_confidence", c.half_width);
  }
  if (command.baseline.empty()) return scores;
  bool resamples = command.test == "bs";
  int64_t draws = command.paired_n > 0 ? command.paired_n : resamples ? 1000 : 10000;
  auto test = resamples ? paired_bootstrap : approximate_randomisation;
  scores.emplace_back(name + "_baseline", score_of_second(score, n));
  scores.emplace_back(name + "_p_value", test(score, n, draws, command.seed));
  return scores;
}

JsonText::Fields scores_of_class(const ClassScores& s) {
  return {{"precision", s.precision},
          {"recall", s.recall},
          {"f1-score", s.f1},
          {"support", static_cast<int64_t>(s.support)}};
}

// Under scikit-learn's names, as its classification_report(output_dict=True).
void add_report(const Confusion& c, JsonText::Fields& fields) {
  JsonText::Fields report;
  std::vector<std::vector<int64_t>> rows;
  for (size_t label = 0; label < c.labels.size(); ++label) {
    report.emplace_back(c.labels[label], scores_of_class(class_scores(c, label)));
    rows.emplace_back();
    for (size_t other = 0; other < c.labels.size(); ++other)
      rows.back().push_back(c.at(label, other));
  }
  report.emplace_back("accuracy", accuracy(c));
  report.emplace_back("macro avg", scores_of_class(macro_average(c)));
  report.emplace_back("weighted avg", scores_of_class(weighted_average(c)));
  fields.emplace_back("report", report);
  fields.emplace_back("labels", c.labels);
  fields.emplace_back("confusion_matrix", rows);
}

void print_answer(const MetricsCommand& command, const Scores& scores, const Judged& judged,
                  const Confusion& confusion, bool json) {
  JsonText::Fields fields(scores.begin(), scores.end());
  for (const auto& [name, value] : scores)
    if (!json) fmt::print("{:<16} {:.6f}\n", name, value);
  for (const std::string& name : command.metrics) {
    std::string text = signature(name, judged, command.flags.chosen());
    if (!command.signature || text.empty()) continue;
    fields.emplace_back(name + "_signature", text);
    if (!json) fmt::print("{:<16} {}\n", name + "_signature", text);
  }
  if (command.report) add_report(confusion, fields);
  if (json) return print_json(fields);
  if (command.report)
    fmt::print("{}\n{}", classification_report(confusion), confusion_text(confusion));
}

void write_picture(const MetricsCommand& command, const Confusion& confusion) {
  DirectoryUpdate output(command.output, command.existing);
  output.write("confusion-matrix.svg", heat_map_svg(confusion_picture(confusion)));
  output.commit();
}

void judge(const MetricsCommand& command, const Common& common) {
  if (command.metrics.empty() && !command.report)
    throw UsageError{"nothing is asked for; name --metrics, or --report"};
  check_names(command.metrics);
  Judged judged = read_judged(command.predictions, command.references);
  auto n = static_cast<int64_t>(judged.predictions.size());
  Judged all = judged;
  if (!command.baseline.empty())
    all = joined(judged, read_judged(command.baseline, command.references));
  Scores scores;
  for (const std::string& name : command.metrics)
    for (const auto& score : scores_of(name, command, all, n)) scores.push_back(score);
  Confusion confusion = command.report ? t5::confusion(judged) : Confusion{};
  if (!command.output.empty()) write_picture(command, confusion);
  print_answer(command, scores, judged, confusion, common.json);
}

void declare_metrics(Options& options, MetricsCommand& o) {
  options.required("--predictions", o.predictions, "the texts to judge, one a line")
      .files("--references", o.references,
             "the texts that would be right, one a line; with several files, a line of any of them",
             true);
  declare_metric_names(options, o.metrics, {});
  declare_metric_options(options, o.flags);
  options.flag("--signature", o.signature, "what BLEU, chrF and TER were computed with")
      .flag("--confidence", o.confidence,
            "NAME_mean and NAME_confidence too: over resampled examples, mean and half the width "
            "of the 95 % interval")
      .integer("--confidence-n", o.confidence_n, "how many samples", 2, 1 << 20)
      .needs("--confidence-n", "--confidence")
      .path("--baseline", o.baseline,
            "another system's texts; NAME_baseline and NAME_p_value too: how likely a difference "
            "as large is where there is none")
      .one_of("--paired-test", o.test,
              "the test: bs, paired bootstrap, or ar, approximate randomisation", {"bs", "ar"})
      .integer("--paired-n", o.paired_n, "its draws; default: 1000 of bs, 10000 of ar", 1, 1 << 20)
      .needs("--paired-test", "--baseline")
      .needs("--paired-n", "--baseline")
      .seed(o.seed)
      .flag("--report", o.report,
            "the texts are labels: precision, recall and F1 of each, and the confusion matrix")
      .path("--output", o.output, "a folder for confusion-matrix.svg, its picture")
      .needs("--output", "--report")
      .overwrite(o.existing);
}

}  // namespace

void add_metrics(Program& program) {
  program.command<MetricsCommand>(
      "metrics", "judge texts of any system by references",
      "t5 metrics --predictions out.txt --references right.txt --metrics bleu,chrf --json",
      declare_metrics, judge);
}

}  // namespace t5
