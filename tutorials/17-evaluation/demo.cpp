// Chapter 17: what each metric says of each damage, of a run, of two searches; what may be luck.
// Usage: 17-evaluation FOLDER. Writes the lesson's pictures there.

#include <fmt/format.h>

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/metrics/judged_files.h"
#include "t5/report/metrics_log.h"
#include "tutorials/17-evaluation/damage.h"
#include "tutorials/17-evaluation/samples.h"
#include "tutorials/17-evaluation/subsequence.h"
#include "tutorials/17-evaluation/translations.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr size_t kFollowed = 200, kJudged = 1000;  // sentences: along the run, and after it
constexpr int64_t kDraws = 1000;

void show_damage(const std::string& folder) {
  std::vector<std::string> sentences = negated_sentences(150);
  HeatMap map = damage_map(sentences);
  fmt::print("1. {} sentences, damaged; percent\n", sentences.size());
  fmt::print("   {:20}", "");
  for (const std::string& name : map.columns) fmt::print(" {:>11}", name);
  for (size_t row = 0; row < map.rows.size(); ++row) {
    fmt::print("\n   {:20}", map.rows[row]);
    for (size_t column = 0; column < map.columns.size(); ++column)
      fmt::print(" {:>11}", map.texts[row * map.columns.size() + column]);
  }
  for (const Damage& damage : damages())
    fmt::print("{}   {:20} {}", damage.name == "none" ? "\n\n" : "\n", damage.name,
               damaged(damage, sentences)[0]);
  write_file(folder + "/damage.svg", heat_map_svg(map));
  auto steps = subsequence_svgs("the old cat sat on the mat", "the cat lay on a mat");
  for (size_t i = 0; i < steps.size(); ++i)
    write_file(fmt::format("{}/lcs-{}.svg", folder, i + 1), steps[i]);
  write_file(folder + "/lcs.svg", steps.back());
}

void show_bleus(const Judged& judged) {
  fmt::print("\n3. One set of outputs, {} sentences, and what has been called its BLEU\n",
             judged.predictions.size());
  for (const auto& [name, bleu] : so_called_bleus(judged))
    fmt::print("   {:32} {:5.1f}\n", name, bleu);
}

void follow_run(Translator& t, const std::string& folder) {
  std::vector<Example> examples;
  for (size_t i = 0; i < kFollowed; ++i)
    examples.push_back({kPrefix + t.lines[i], t.references[i]});
  auto measured = [&](const Model& model) {
    Scores scores = measure({"exact_match", "bleu"}, written(t, model, 0, kFollowed, 1));
    return std::vector<double>{scores[0].second, scores[1].second / 100};
  };
  Validation validation(tokenize(examples, *t.tokenizer), {{"exact_match", true}, {"bleu", true}},
                        measured);
  TrainOptions options = translator_recipe();
  options.output_dir = folder + "/model", options.eval_steps = 40;
  train(*t.model, t.pairs, validation, options);
  auto rows = read_metrics(options.output_dir + "/metrics.jsonl");
  Chart chart{"One run, four measures", "step", "share; loss as a share of its first value", {}};
  std::vector<std::string> names = {"loss", "token_accuracy", "exact_match", "bleu"};
  fmt::print(
      "\n\n2. A run, on {} sentences that it does not see\n   step    loss  "
      "token accuracy  exact match  BLEU\n",
      kFollowed);
  for (const std::string& name : names)
    chart.series.push_back({name, metrics_series(rows, "validation_" + name)});
  for (size_t i = 0; i < chart.series[0].points.size(); ++i)
    fmt::print("   {:4}   {:5.3f}  {:12.1f} %  {:9.1f} %  {:4.1f}\n", chart.series[0].points[i].x,
               chart.series[0].points[i].y, 100 * chart.series[1].points[i].y,
               100 * chart.series[2].points[i].y, 100 * chart.series[3].points[i].y);
  double most = chart.series[0].points[0].y;
  for (ChartPoint& point : chart.series[0].points) point.y /= most;
  write_file(folder + "/run.svg", chart_svg(chart));
}

// A row of the table: two systems, where the second one's advantage comes from, and its p-value.
void compare(const std::string& pair, const std::string& metric, const Judged& first,
             const Judged& second, const std::string& folder = "") {
  auto n = static_cast<int64_t>(first.predictions.size());
  SampleScore both = find_metric(metric).read(joined(first, second), {});
  SampleScores scores = scores_of_samples(both, n, kDraws, 1);
  double scale = metric == "exact_match" ? 100 : 1;
  auto [low_1, high_1] = middle_of(scores.first);
  auto [low_2, high_2] = middle_of(scores.second);
  auto [low, high] = middle_of(scores.differences());
  double one = scale * score_of_all(both, n), two = scale * score_of_second(both, n);
  fmt::print(
      "   {:9} {:4} {:11}  {:5.1f} ± {:3.1f}  {:5.1f} ± {:3.1f}  {:+5.1f} ({:+.1f} … {:+.1f})"
      "   {:.3f}\n",
      pair, n, metric, one, scale * (high_1 - low_1) / 2, two, scale * (high_2 - low_2) / 2,
      two - one, scale * low, scale * high, paired_bootstrap(both, n, kDraws, 1));
  if (folder.empty()) return;
  write_file(folder + "/samples.svg", chart_svg(scores_chart(scores, "2 beams", "4 beams")));
  write_file(folder + "/difference.svg", chart_svg(differences_chart(scores)));
}

void compare_searches(const Translator& t, const Judged& greedy, const std::string& folder) {
  Judged two = written(t, *t.model, kFollowed, kJudged, 2);
  Judged four = written(t, *t.model, kFollowed, kJudged, 4);
  fmt::print("\n4. Two searches on the same sentences, {} samples of these\n", kDraws);
  fmt::print("   beams        n metric        fewer        more         difference (95 %)   p\n");
  compare("1 and 4", "exact_match", beginning(greedy, 100), beginning(four, 100));
  compare("1 and 4", "bleu", beginning(greedy, 100), beginning(four, 100));
  compare("1 and 4", "exact_match", greedy, four);
  compare("1 and 4", "bleu", greedy, four);
  compare("2 and 4", "exact_match", two, four);
  compare("2 and 4", "bleu", two, four, folder);
  Confusion c = confusion_of_kinds(greedy);
  fmt::print("\n5. Does the translation say no where it should? Greedy search\n{}",
             classification_report(c));
  fmt::print("\n{}", confusion_text(c));
  Judged never = greedy;
  for (std::string& text : never.predictions) text = "Oui.";
  fmt::print("\n                accuracy  Matthews\n");
  for (const auto& [name, kinds] :
       {std::pair("greedy", c), {"never no", confusion_of_kinds(never)}})
    fmt::print("   {:10} {:9.1f} %  {:8.2f}\n", name, 100 * accuracy(kinds), matthews(kinds));
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::filesystem::remove_all(folder);  // an earlier run's checkpoints are not overwritten
  make_directories(folder);
  show_damage(folder);
  Translator t = make_translator(kFollowed + kJudged);
  follow_run(t, folder);
  Judged greedy = written(t, *t.model, kFollowed, kJudged, 1);
  show_bleus(greedy);
  compare_searches(t, greedy, folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "17-evaluation: {}\n", error.what());
  return 1;
}
