// What is asked of a generation in text, and an output's text as it grows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "t5/generation/generation_options.h"
#include "t5/model/text_model.h"

namespace t5 {

struct TextRequest {
  std::string task;                    // of config.json's task_specific_params; empty: none
  std::string prefix;                  // how every output begins
  std::string allowed;                 // a file with the allowed outputs, one a line; empty: any
  std::vector<std::string> bad_words;  // that must not occur
  std::map<std::string, std::string> settings;  // by the names of generation_settings()
};

struct TaskOptions {
  std::string before;  // goes before every input
  GenerationOptions options;
};

// The options of a request to a model: the one reader of what generation is told. Of the model's
// own files, the task and the settings, the last has the last word.
TaskOptions read_request(const TextRequest& request, const TextModel& model);

// The text of an output while it is written: decoded anew with each token, since a token may change
// the text before it.
class GrowingText {
 public:
  explicit GrowingText(const TextModel& model) : model_(model) {}

  std::string add(Id token);           // returns what is new
  std::string finish(const Ids& ids);  // the rest of the whole output; the next one begins

 private:
  std::string news(const Ids& ids);

  const TextModel& model_;
  Ids ids_;
  std::string shown_;
};

}  // namespace t5
