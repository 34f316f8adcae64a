#include "t5/cli/training.h"

#include <fmt/format.h>

#include <filesystem>

#include "t5/cli/json_answer.h"
#include "t5/model/directory.h"
#include "t5/report/message.h"
#include "t5/report/profile_table.h"
#include "t5/train/interrupt.h"
#include "t5/train/run_files.h"
#include "tensor/error.h"

namespace t5 {
namespace {

const char* reason_text(StopReason reason) {
  if (reason == StopReason::kEarly) return "stopped early: no improvement";
  return reason == StopReason::kInterrupted ? "interrupted" : "finished";
}

std::vector<JsonText::Fields> profile_json(const Profile& profile) {
  std::vector<JsonText::Fields> lines;
  for (const ProfileLine& line : profile_lines(profile, measured_rates()))
    lines.push_back({{"name", line.name},
                     {"calls", line.calls},
                     {"seconds", line.seconds},
                     {"share", line.share},
                     {"operations_per_second", line.operation_rate},
                     {"bytes_per_second", line.byte_rate},
                     {"ratio_to_bound", line.ratio}});
  return lines;
}

void report(const TrainResult& result, const TrainingCommand& command, const Common& common) {
  if (common.json) {
    JsonText::Fields json = {{"steps", result.state.step},
                             {"loss", result.loss},
                             {"seconds", result.seconds},
                             {"reason", reason_text(result.reason)},
                             {"output", command.training.output_dir}};
    if (result.state.best_step > 0) {
      if (command.training.metric_for_best_model == "loss")
        json.emplace_back("best_validation_loss", result.state.best_loss);
      json.emplace_back("best_step", result.state.best_step);
    }
    if (result.profile) json.emplace_back("profile", profile_json(*result.profile));
    return print_json(json);
  }
  if (!common.quiet)
    message("{} after {} steps, {:.1f} s; {}", reason_text(result.reason), result.state.step,
            result.seconds, command.training.output_dir);
  if (result.profile)
    fmt::print("{}", profile_table(*result.profile, measured_rates()));
  else if (command.training.profile && !common.quiet)
    message("t5: note: --profile leaves out the first step, and there was no other");
}

TrainOptions run_options(const TrainingCommand& command) {
  TrainOptions options = command.training;
  options.tokenizer_dir = command.model;
  return options;
}

void declare_setting(Options& options, const TrainSetting& s, TrainOptions& o) {
  std::string flag = flag_of(s.name);
  auto low = static_cast<int64_t>(s.low), high = static_cast<int64_t>(s.high);
  std::visit(
      [&]<class T>(T TrainOptions::*field) {
        if constexpr (std::is_same_v<T, int64_t>)
          options.integer(flag.c_str(), o.*field, s.help, low, high);
        else if constexpr (std::is_same_v<T, double>)
          options.number(flag.c_str(), o.*field, s.help, s.low, s.high);
        else if constexpr (std::is_same_v<T, bool>)
          options.flag(flag.c_str(), o.*field, s.help);
        else if constexpr (std::is_same_v<T, std::string>)
          s.choices.empty() ? options.text(flag.c_str(), o.*field, s.help)
                            : options.one_of(flag.c_str(), o.*field, s.help, s.choices);
        else
          options.seed(o.*field);
      },
      s.field);
}

}  // namespace

void declare_training(Options& options, TrainingCommand& o, const DataHelp& data) {
  options.required("--model", o.model, "the model directory to start from")
      .files("--train", o.train, data.train, !data.is_pairs)
      .files("--validation", o.validation, data.validation, false)
      .required("--output", o.training.output_dir, "the model directory to write")
      .flag("--resume", o.training.resume,
            "go on from the checkpoint in --output; what differs from before is said, and used")
      .overwrite(o.training.existing)
      .instead_of("--overwrite", "--resume");
  for (const TrainSetting& setting : train_settings())
    if (data.is_pairs || setting.part != Part::kBatches)
      declare_setting(options, setting, o.training);
  if (data.is_pairs) return;
  options.needs("--eval-steps", "--validation").needs("--early-stopping-patience", "--validation");
}

Cache training_cache(const std::string& directory, const Common& common) {
  if (common.quiet) return Cache(directory);
  return Cache(directory, [](const std::string& line) { message("t5: {}", line); });
}

void check_output(const TrainingCommand& command) {
  // A run that is killed begins again with the weights in --model: they must still be there.
  std::error_code error;
  check(!std::filesystem::equivalent(command.training.output_dir, command.model, error),
        "{}: is the --model directory itself; choose another --output",
        command.training.output_dir);
  RunFiles(run_options(command), "").claim();
}

void run_training(const TrainingCommand& command, const Common& common, Model& model,
                  const TrainingSet& data, const Validation& validation) {
  TrainOptions options = run_options(command);
  options.quiet = common.quiet;
  TrainResult result = train(model, data, validation, options);
  report(result, command, common);
  if (result.reason != StopReason::kInterrupted) return;
  message("t5: interrupted at step {}; the same command with --resume goes on", result.state.step);
  throw ExitStatus{interrupted_status()};
}

}  // namespace t5
