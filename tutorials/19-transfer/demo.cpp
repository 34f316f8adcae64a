// Chapter 19: what pretraining is worth, what adapters cost, what is forgotten.
// Usage: 19-transfer FOLDER. Writes the data, the models and the pictures there.
#include <fmt/format.h>

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/transfer/adapters.h"
#include "t5/transfer/freezing.h"
#include "tensor/error.h"
#include "tutorials/19-transfer/laboratory.h"

using namespace t5;
using namespace t5::tutorial;

namespace {
constexpr int64_t kPretraining = 2500, kSteps = 300, kAdapting = 600, kGoOn = 200, kParts = 5;
constexpr const char *kTask = "triples", *kNewTask = "roles";

const std::vector<AdapterConfig>& adapters() {
  static const std::vector<AdapterConfig> configs = {
      {.type = "LORA", .r = 8, .lora_alpha = 16},
      {.type = "LORA", .target_modules = {"all-linear"}, .r = 8, .lora_alpha = 16},
      {.type = "LORA", .target_modules = {"all-linear"}, .r = 8, .lora_alpha = 16},
      {.type = "BOTTLENECK", .bottleneck_size = 16},
      {.type = "IA3"},
      {.type = "PROMPT_TUNING", .num_virtual_tokens = 10}};
  return configs;
}
constexpr const char* kNames[] = {"LoRA of q, v", "LoRA of all", "by Adafactor",
                                  "bottlenecks",  "IA3",         "prompt"};
constexpr const char* kOptimizers[] = {"adamw", "adamw", "adafactor", "adamw", "adamw", "adamw"};

// Fresh against pretrained weights, at equal steps, for rising numbers of examples.
void show_worth(const Laboratory& lab) {
  Chart chart{"What pretraining is worth", "examples", "exact match on new ones, %", {}};
  chart.log_x = true;
  fmt::print("1. {} steps on so many examples of task {}, exact match on 200 new ones, %\n   {:12}",
             kSteps, kTask, "");
  const std::vector<int64_t> counts = {30, 100, 300, 1000, 3000};
  for (int64_t count : counts) fmt::print(" {:>6}", count);
  for (const char* base : {"fresh", "pretrained"}) {
    fmt::print("\n   {:12}", base);
    chart.series.push_back({base, {}, ChartSeries::Style::kMarked});
    for (int64_t count : counts) {
      TextModel model = load_base(lab.base(base));
      double score = adapt(model, lab.task(kTask), count, recipe(kSteps, 0.03)).score;
      chart.series.back().points.push_back({static_cast<double>(count), score});
      fmt::print(" {:6.1f}", score);
    }
  }
  write_file(lab.folder + "/worth.svg", chart_svg(chart));
  double fresh = chart.series[0].points.back().y, ours = chart.series[1].points.back().y;
  check(ours > 60 && ours > fresh + 10,
        "out of the chapter's band: more than 60 % and 10 points more than fresh were expected");
  fmt::print("\n   The band of this chapter, more than 60 % and 10 points ahead, is reached.\n");
}

// What each way trains, what it reaches, and what the beginning and a merge change.
void show_adapters(const Laboratory& lab) {
  TextModel whole = load_base(lab.base("pretrained"));
  int64_t all = trained_count(whole.model->parameters());
  Adapted full = adapt(whole, lab.task(kTask), 1000, recipe(kAdapting, 0.03));
  fmt::print("\n2. The pretrained model adapted with 1,000 examples, {} steps\n", kAdapting);
  fmt::print("   {:13} {:>9} {:>8} {:>8} {:>10}\n", "", "trained", "of all", "ms/step", "exact, %");
  fmt::print("   {:13} {:9} {:6.2f} % {:8.0f} {:10.1f}\n", "everything", all, 100.0,
             1000 * full.step_seconds, full.score);
  for (size_t i = 0; i < adapters().size(); ++i) {
    TextModel model = load_base(lab.base("pretrained"), adapters()[i]);
    int64_t trained = trained_count(model.model->parameters());
    Adapted adapted = adapt(model, lab.task(kTask), 1000, recipe(kAdapting, 0.01, kOptimizers[i]));
    fmt::print("   {:13} {:9} {:6.2f} % {:8.0f} {:10.1f}\n", kNames[i], trained,
               100 * static_cast<double>(trained) / static_cast<double>(all),
               1000 * adapted.step_seconds, adapted.score);
  }
}

void show_merge(const Laboratory& lab) {
  TokenPair pair{{20, 30, 40, 50, 1}, {60, 70, 1}};
  std::string base = lab.base("pretrained");
  Tensor before = logits(load_base(base), pair);
  auto form = std::make_shared<Adapters>();
  form->add_new(adapters()[0]);
  TextModel model = load_text_model(base, form->load_options(base, Use::kTraining, 1));
  fmt::print("\n3. LoRA: the largest difference of a logit\n");
  fmt::print("   from the base's, before the first step   {}\n",
             largest_difference(before, logits(model, pair)));
  TrainOptions options = recipe(kSteps, 0.01, "adamw");
  options.output_dir = lab.folder + "/lora";
  options.form = form;
  adapt(model, lab.task(kTask), 1000, options);
  Tensor after = logits(model, pair);
  fmt::print("   from the base's, after training          {:.2f}\n",
             largest_difference(before, after));
  Adapters trained;
  trained.add(options.output_dir);
  merge_adapters(base, trained, lab.folder + "/merged");
  fmt::print("   of the merged model from base and LoRA   {:.1e}\n",
             largest_difference(after, logits(load_base(lab.folder + "/merged"), pair)));
  auto size = [&](const std::string& file) { return std::filesystem::file_size(file) / 1024; };
  fmt::print("   on disk: the model {} KiB, the adapter {} KiB\n",
             size(base + "/model.safetensors"),
             size(options.output_dir + "/adapter_model.safetensors"));
}

// A task that is known, while the model learns another: alone, and with some of the old mixed in.
void show_forgetting(const Laboratory& lab) {
  Task old = lab.task(kTask), news = lab.task(kNewTask);
  std::string start = lab.folder + "/known";
  TextModel known = load_base(lab.base("pretrained"));
  adapt(known, old, 3000, recipe(2 * kSteps, 0.03));
  save(lab, known, start);
  Chart chart{"What is forgotten", "steps on the new task", "exact match on the old one, %", {}};
  fmt::print("\n4. Task {} while {} is learned, exact match, %\n   {:12}", kTask, kNewTask,
             "steps");
  for (int64_t part = 0; part <= kParts; ++part) fmt::print(" {:6}", part * kGoOn / kParts);
  fmt::print("   the new one");
  for (double replay : {0.0, 0.05, 0.2}) {
    Mixture mixture{{{news, 1 - replay}}, "by-hand"};
    if (replay > 0) mixture.tasks.push_back({old, replay});
    TextModel model = load_base(start);
    std::vector<double> scores = go_on(model, mixture, old, kParts, kGoOn, 0.01);
    std::string name = replay > 0 ? fmt::format("{:.0f} % replay", 100 * replay) : "no replay";
    chart.series.push_back({name, {}, ChartSeries::Style::kMarked});
    fmt::print("\n   {:12}", name);
    for (size_t i = 0; i < scores.size(); ++i) {
      chart.series.back().points.push_back({static_cast<double>(i * kGoOn / kParts), scores[i]});
      fmt::print(" {:6.1f}", scores[i]);
    }
    fmt::print(" {:12.1f}", score_of(model, news, 200));
  }
  fmt::print("\n");
  write_file(lab.folder + "/forgetting.svg", chart_svg(chart));
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::filesystem::remove_all(folder);
  Laboratory lab = make_laboratory(folder, kPretraining);
  show_worth(lab);
  show_adapters(lab);
  show_merge(lab);
  show_forgetting(lab);
} catch (const std::exception& error) {
  fmt::print(stderr, "19-transfer: {}\n", error.what());
  return 1;
}
