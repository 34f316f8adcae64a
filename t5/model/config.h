// The shape of a model, as config.json gives it, and the published shapes by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/fused/fused.h"
#include "t5/model/task_head.h"

namespace t5 {

class JsonObject;

struct Config {
  std::string model_type = "t5";  // t5, mt5, umt5; ByT5, Flan-T5 and v1.1 are "t5"
  int64_t d_model = 512;
  int64_t d_ff = 2048;
  int64_t d_kv = 64;  // width of a head; num_heads * d_kv need not be d_model
  int64_t num_heads = 8;
  int64_t num_layers = 6;  // of the encoder
  int64_t num_decoder_layers = 6;
  int64_t vocab_size = 32128;
  int64_t relative_attention_num_buckets = 32;
  int64_t relative_attention_max_distance = 128;
  double dropout_rate = 0.1;
  double layer_norm_epsilon = 1e-6;
  double initializer_factor = 1;
  Activation activation = Activation::kRelu;
  bool gated = false;                 // wi_0 and wi_1 instead of wi
  bool tie_word_embeddings = true;    // a new model's head is the embedding
  bool scale_decoder_outputs = true;  // by d_model^-0.5 before the head
  Id pad_token_id = 0, decoder_start_token_id = 0;
  Id eos_token_id = 1;  // negative: no token ends a text
  const TaskHead* head = &language_model();
  std::vector<std::string> labels;  // of the two classification heads, by id
  double classifier_dropout = 0;    // before their layers, in training

  // What config.json and generation_config.json hold, keys that nobody here knows among them: a
  // model that is saved has all of it again. Null where there is no such file.
  std::shared_ptr<const JsonObject> file = nullptr, generation_file = nullptr;

  // Of an adapter, in no file of the model's: rows of a trained prompt before every input.
  int64_t prompt_tokens = 0;

  bool writes_text() const { return head == &language_model(); }
  // UMT5 learns positions in every layer; the others in the first, for the whole stack.
  bool bias_in_every_layer() const { return model_type == "umt5"; }
};

// Reads what transformers (any version) writes, with the generation_config.json beside it, if there
// is one. Unknown keys are kept unread, and one that is absent has the default of transformers'
// T5Config, MT5Config or UMT5Config; a text begins with decoder_start_token_id, or else
// bos_token_id, or else pad_token_id. Throws Error, naming file and key, for values that no T5 has.
Config read_config(const JsonObject& json, std::shared_ptr<const JsonObject> generation = nullptr);
// The text of a config.json that transformers reads: the file that the config comes from, if any,
// with what has changed since. `dtype`: the precision of the weights beside it; empty: as before.
std::string config_text(const Config& config, std::string_view dtype = "");

// How many numbers a language model of this shape learns, by arithmetic: nothing is made. Loaded
// with a head of its own against what the config says, a model has vocab_size * d_model more.
int64_t parameter_count(const Config& config);

// "tiny", "mini", "t5-small", "t5-base", "t5-large", "t5-3b", "t5-v1_1-small" … "t5-v1_1-xl",
// "flan-t5-small" …, "mt5-small" …, "byt5-small" …, "umt5-small" …: shapes, no weights. "tiny" and
// "mini" are for a laptop and have vocab_size 0: their tokenizer decides. An unknown name throws
// with the list.
Config preset_config(const std::string& name);
std::vector<std::string> preset_names();

}  // namespace t5
