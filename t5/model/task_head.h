// What a model does with its states, one row of a table for each kind of model: T5 writes text, and
// the heads of transformers' T5ForSequenceClassification, T5ForTokenClassification and
// T5ForQuestionAnswering answer otherwise. Whoever asks which head a model has asks its row.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/ops/dropout.h"
#include "nn/parameters.h"

namespace t5 {

class Model;
class Tokenizer;
struct Batch;
struct Config;
struct Example;
struct TaskAnswer;
struct TextModel;
struct TokenPair;
// Called with each inner state and its name as it is computed: encoder.block.0.output, …,
// encoder_last_hidden_state, decoder.block.0.output, …. An empty one costs nothing.
using Observer = std::function<void(const std::string& name, const Var& state)>;
// A forward pass: the logits of batch.labels, a row for each.
using TaskForward = std::function<Var(const Model&, const Batch&, const Dropout&, const Observer&)>;

struct TaskHead {
  const char* name;          // as t5 new --head calls it
  const char* architecture;  // in config.json's "architectures", after T5, MT5 or UMT5
  const char* stacks;        // what stands before the names of the stacks' parameters; "": nothing
  bool has_decoder, has_labels;
  std::vector<std::string> metrics;  // by which such a model is judged when nobody names others

  // How many labels an example has.
  size_t (*target_length)(const TokenPair& pair);
  // Makes the head's layers, when it has any, and returns the model's forward pass.
  TaskForward (*make)(Scope root, const Config& config);
  // An example as the model is trained on it. Throws Error, naming target and remedy, for a target
  // that is none.
  TokenPair (*encode)(const Example& example, const Tokenizer& tokenizer, const Config& config);
  // What the model answers to lines of text, each named by its place in errors; null: it generates,
  // or it has nothing to say. An answer in a context has at most `max_length` tokens.
  std::vector<TaskAnswer> (*answer)(const TextModel& model, const std::vector<std::string>& lines,
                                    const std::vector<std::string>& places, int64_t max_length);
};

// In the order of the program's --help; the language model is the first.
const std::vector<TaskHead>& task_heads();
// The row of that name. An unknown one throws with the list.
const TaskHead& task_head(const std::string& name);
const TaskHead& language_model();

}  // namespace t5
