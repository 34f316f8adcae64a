#include "t5/cli/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "t5/report/message.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// What a reader of --help is told of the value of a setting.
const char* type_of(const GenerationSetting& setting) {
  constexpr const char* kTypes[] = {"N", "X", "true|false", "true|false|never", "ID[,ID]"};
  return kTypes[setting.field.index()];
}

// In a handler: an error about a setting of the command line is wrong usage, told of its flag.
[[noreturn]] void rethrow(const std::string& message, const TextRequest& request) {
  for (const auto& [name, text] : request.settings) {
    std::string place = "command line: " + name + ":";
    if (message.starts_with(place))
      throw UsageError{flag_of(name) + ":" + message.substr(place.size())};
  }
  throw;
}

// Whether config.json has a task of that name. Where there is neither such a task nor a file, the
// error is about config.json.
bool is_own_task(const Config& config, const std::string& task) {
  bool is_file = std::filesystem::exists(task) || task.ends_with(".json");
  std::vector<std::string> built_in = built_in_names();
  if (config.file && config.file->has("task_specific_params") &&
      config.file->object("task_specific_params").has(task))
    return true;
  return !is_file && std::find(built_in.begin(), built_in.end(), task) == built_in.end();
}

void note_idle(const RequestOptions& o, const TextModel& model, const TaskOptions& task) {
  std::vector<IdleSetting> idle = idle_settings(o.request.settings, task.options);
  if (o.seed != 0 && !task.options.do_sample) idle.push_back({"seed", "without --do-sample"});
  if (model.tokenizer == nullptr && !task.before.empty())
    idle.push_back({"task", "on what is put before ids, which are used as they are"});
  for (const auto& [name, why] : idle) message("t5: note: {} has no effect {}", flag_of(name), why);
}

}  // namespace

void declare_request(Options& options, RequestOptions& o) {
  options
      .text("--task", o.request.task,
            "of config.json's task_specific_params; or a task's file, or a name of t5 tasks list")
      .text("--prefix", o.request.prefix, "how every output begins")
      .path("--allowed", o.request.allowed, "a file with the allowed outputs, one a line")
      .texts("--bad-words", o.request.bad_words, "words that must not occur")
      .seed(o.seed)
      .flag("--verbose", o.verbose, "say which settings count, and where each comes from");
  for (const GenerationSetting& setting : generation_settings()) {
    bool yes_or_no = std::holds_alternative<bool GenerationOptions::*>(setting.field);
    options.setting(flag_of(setting.name), o.request.settings, setting.name, setting.help,
                    type_of(setting), yes_or_no ? "true" : nullptr);
  }
}

AskedTask read_options(const RequestOptions& o, const TextModel& model, const Common& common) try {
  AskedTask asked;
  TextRequest request = o.request;
  if (!request.task.empty() && !is_own_task(model.config(), request.task)) {
    check(model.tokenizer != nullptr, "task {}: a model without a tokenizer reads no texts",
          request.task);
    asked.task = task_named(std::exchange(request.task, ""));
    asked.request = request_of(*asked.task, model, request);
  } else {
    asked.request = read_request(request, model);
  }
  asked.request.options.seed = o.seed;
  if (!common.quiet) note_idle(o, model, asked.request);
  if (o.verbose)
    for (const std::string& line : origin_lines(asked.request.options, model.config()))
      message("{}", line);
  return asked;
} catch (const Error& error) {
  rethrow(error.what(), o.request);
}

}  // namespace t5
