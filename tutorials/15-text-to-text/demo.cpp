// Chapter 15: numbers as text, five tasks in one model under four mixings, what a prefix does.
// Usage: 15-text-to-text FOLDER. Writes the data, the runs and the pictures there.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/report/metrics_log.h"
#include "t5/train/trainer.h"
#include "tensor/error.h"
#include "tutorials/15-text-to-text/mixings.h"
#include "tutorials/15-text-to-text/prefixes.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr int64_t kSteps = 2000, kBatch = 32;
constexpr size_t kLimited = 1;  // the mixing that is looked at closely

void show_numbers() {
  fmt::print("1. Numbers as text, to the nearest 0.2\n  ");
  for (double number : {0.0, 0.09, 0.5, 0.7, 2.57, 3.29, 5.0})
    fmt::print(" {} \"{}\"", number, number_to_text(number, 0.2));
  fmt::print("\n   and back:");
  for (const char* text : {"2.6", "2.6 stars", "two", "2,6", " 2.6", "nan"}) {
    auto number = text_to_number(text);
    fmt::print(" \"{}\" {}", text, number ? fmt::format("{}", *number) : "none");
  }
}

void show_tasks(const std::vector<ToyTask>& tasks, const TextModel& model) {
  fmt::print("\n\n2. Five tasks, as the model reads them\n");
  for (const ToyTask& toy : tasks)
    fmt::print("   {:9} {}\n          -> {}\n", toy.task.name, toy.test[2].text.input,
               toy.test[2].text.target);
  fmt::print("   answers as pieces:");
  for (const char* label : {"acceptable", "unacceptable", "2.6", "2.8"}) {
    std::vector<std::string> pieces;
    for (Id id : model.tokenizer->encode(label)) pieces.push_back(model.tokenizer->piece(id));
    fmt::print("  {}", fmt::join(pieces, " "));
  }
}

void draw_losses(const std::vector<ToyTask>& tasks, const std::string& name, const std::string& run,
                 const std::string& file) {
  auto rows = read_metrics(run + "/metrics.jsonl");
  Chart chart{"One run, mixed: " + name, "step", "loss on new sentences", {}};
  chart.series.push_back({"all tokens together", metrics_series(rows, "validation_loss")});
  for (const ToyTask& toy : tasks)
    chart.series.push_back({toy.task.name, metrics_series(rows, "validation_" + toy.task.name)});
  chart.log_y = true;
  write_file(file, chart_svg(chart));
}

// A model for each mixing, and the scores of its tasks; the models, in the mixings' order.
std::vector<TextModel> train_all(const std::vector<ToyTask>& tasks, const std::string& folder) {
  HeatMap map{"100 times each task's own metric", "task", "mixing", {}, {}, {}, 0, 100};
  std::vector<TextModel> models;
  std::vector<double> means;
  fmt::print("\n\n4. {} steps of each mixing, on {} new examples of each task\n   {:14}", kSteps,
             tasks[0].test.size(), "");
  for (const ToyTask& toy : tasks) {
    map.columns.push_back(fmt::format("{}, {}", toy.task.name, toy.task.metrics[0]));
    fmt::print(" {:>22}", map.columns.back());
  }
  fmt::print("   mean  invalid\n");
  for (const NamedMixture& named : mixings_of(tasks)) {
    TextModel model = make_toy_model(tasks, "mini");
    TrainOptions options{.max_steps = kSteps, .batch_size = kBatch, .learning_rate = 0.05};
    options.lr_scheduler_type = "linear", options.warmup_steps = kSteps / 10;
    options.dropout_rate = 0, options.eval_steps = 100;
    options.output_dir = folder + "/" + named.name;
    train(*model.model, mixed_set(named.mixture, model, 1), loss_per_task(tasks, model), options);
    double sum = 0, invalid = 0;
    map.rows.push_back(named.name);
    fmt::print("   {:14}", named.name);
    for (const ToyTask& toy : tasks) {
      TaskScores scores = measure_task(model, toy.task, toy.test, request_of(toy.task, model), 64);
      map.values.push_back(100 * scores.scores[0].second);
      map.texts.push_back(fmt::format("{:.0f}", map.values.back()));
      sum += map.values.back() / static_cast<double>(tasks.size());
      invalid += 100 * scores.invalid / static_cast<double>(tasks.size());
      fmt::print(" {:22.1f}", map.values.back());
    }
    fmt::print("  {:5.1f}  {:5.1f} %\n", sum, invalid);
    means.push_back(sum);
    models.push_back(std::move(model));
  }
  write_file(folder + "/mixing.svg", heat_map_svg(map));
  draw_losses(tasks, map.rows[kLimited], folder + "/" + map.rows[kLimited], folder + "/losses.svg");
  check(means[kLimited] > 75, "out of the chapter's band: a mean of more than 75 was expected");
  fmt::print("   The band of this chapter, a mean of more than 75 with the limit, is reached.\n");
  return models;
}

void show_prefixes(const std::vector<ToyTask>& tasks, const TextModel& model,
                   const std::string& folder) {
  HeatMap map =
      prefix_map(model, tasks,
                 {"translate English to French: {s}", "translate French to English: {s}",
                  "stsb sentence1: {s} sentence2: {s}", "cola sentence: {s}", "kind sentence: {s}",
                  "translate English to French {s}", "Translate english to french: {s}",
                  "translate English to German: {s}", "stsb sentence1: {s}", "cola: {s}", "{s}"});
  fmt::print("\n5. The same English sentences as s in each format: what is written, %\n   {:36}",
             "");
  for (const std::string& name : map.columns) fmt::print(" {:>11}", name);
  for (size_t i = 0; i < map.values.size(); ++i) {
    if (i % map.columns.size() == 0) fmt::print("\n   {:36}", map.rows[i / map.columns.size()]);
    fmt::print(" {:>11}", map.texts[i]);
  }
  write_file(folder + "/prefixes.svg", heat_map_svg(map));
  fmt::print("\n\n6. Acceptable or not, by what stands before the sentence\n");
  for (std::string prefix :
       {"cola sentence: ", "Cola sentence: ", "cola sentence ", "cola: ", ""}) {
    TaskScores scores = scores_behind(prefix, model, tasks[3].task);
    fmt::print("   {:15}  accuracy {:5.1f} %  invalid {:5.1f} %\n",
               prefix.empty() ? "(nothing)" : prefix, 100 * scores.scores[0].second,
               100 * scores.invalid);
  }
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::filesystem::remove_all(folder);  // an earlier run's checkpoints are not overwritten
  make_directories(folder + "/data");
  std::vector<ToyTask> tasks = make_toy_tasks(folder + "/data");
  TextModel fresh = make_toy_model(tasks, "mini");
  show_numbers();
  show_tasks(tasks, fresh);
  fmt::print("\n\n3. What {} steps of {} examples see\n{}", kSteps, kBatch,
             shares_table(tasks, fresh, kSteps * kBatch));
  std::vector<TextModel> models = train_all(tasks, folder);
  show_prefixes(tasks, models[kLimited], folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "15-text-to-text: {}\n", error.what());
  return 1;
}
