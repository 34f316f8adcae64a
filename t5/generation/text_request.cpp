#include "t5/generation/text_request.h"

#include <fmt/format.h>

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Each with one eos.
std::vector<Ids> read_outputs(const std::string& file, const TextModel& model, Id eos) {
  std::vector<Ids> outputs;
  for (const std::string& line : read_lines(file)) {
    outputs.push_back(model.read_part(line, fmt::format("{}:{}", file, outputs.size() + 1)));
    outputs.back().push_back(eos);
  }
  check(!outputs.empty(), "{}: no allowed outputs", file);
  return outputs;
}

}  // namespace

TaskOptions read_request(const TextRequest& request, const TextModel& model) {
  TaskOptions task{"", generation_options(model.config())};
  GenerationOptions& options = task.options;
  if (!request.task.empty()) task.before = apply_task(model.config(), request.task, options);
  apply_settings(request.settings, options);
  if (!request.prefix.empty()) options.prefix = model.read_part(request.prefix, "--prefix");
  for (const std::string& word : request.bad_words)
    options.bad_words_ids.push_back(model.read_part(word, "--bad-words"));
  if (!request.allowed.empty()) {
    Id eos = options.eos_token_id.empty() ? model.config().eos_token_id : options.eos_token_id[0];
    check(eos >= 0, "{}: allowed outputs need an end; give --eos-token-id", request.allowed);
    options.allowed_outputs = read_outputs(request.allowed, model, eos);
  }
  return task;
}

std::string GrowingText::add(Id token) {
  ids_.push_back(token);
  return news(ids_);
}

std::string GrowingText::finish(const Ids& ids) {
  std::string rest = news(ids);
  ids_.clear();
  shown_.clear();
  return rest;
}

std::string GrowingText::news(const Ids& ids) {
  std::string text = model_.write(ids);
  constexpr std::string_view kReplaced = "\xef\xbf\xbd";  // U+FFFD: half a character, for now
  if (!text.starts_with(shown_) || text.ends_with(kReplaced)) return "";
  std::string rest = text.substr(shown_.size());
  shown_ = text;
  return rest;
}

}  // namespace t5
