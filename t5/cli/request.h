// What the commands that write text are asked for: the options of t5 generate and t5 evaluate.
#pragma once

#include <optional>

#include "t5/cli/program.h"
#include "t5/cli/standard_input.h"
#include "t5/generation/text_request.h"
#include "t5/tasks/tokenized.h"

namespace t5 {

struct RequestOptions {
  TextRequest request;
  uint64_t seed = 0;
  bool verbose = false;
};

void declare_request(Options& options, RequestOptions& o);

// What --task names: a task of the model's own config.json, which gives a prefix and options; or a
// task as t5 train takes it, which also says how an input is read and what an answer is.
struct AskedTask {
  TaskOptions request;
  std::optional<Task> task = {};

  std::string input_of(const Line& line) const {
    return task ? task->input_of(line.text, line.place) : request.before + line.text;
  }
  // As it was written, when it is no answer to the task.
  std::string answer_of(const std::string& text) const {
    return task ? task->answer(text).value_or(text) : text;
  }
};

// What was asked for and does nothing is said on stderr, a line each, unless --quiet; with
// --verbose, the settings that count and where each comes from. A mistake in a setting of the
// command line is wrong usage.
AskedTask read_options(const RequestOptions& o, const TextModel& model, const Common& common);

}  // namespace t5
