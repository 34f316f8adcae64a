// Model directories in the layout of transformers: config.json, the weights (model.safetensors or
// another of the forms in weights.h), and beside them the tokenizer's files and
// generation_config.json.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "t5/files/directory_update.h"
#include "t5/model/model.h"
#include "t5/model/stored_weights.h"
#include "t5/text/tokenizer.h"

namespace t5 {

struct LoadOptions {
  Use use = Use::kTraining;
  // Other stacks and another head than config.json has, for the same weights: a head that the file
  // lacks is drawn from `seed`, and what belongs to the old one only is left in the file.
  std::optional<Config> config = {};
  uint64_t seed = 0;
  // Training: which of the directory's parameters are trained; empty: all. The others are frozen,
  // and made of floats, too, unless `keeps_fewer_bits`: such a model cannot be saved.
  std::function<bool(const std::string& name)> trains = {};
  bool keeps_fewer_bits = false;
  // What stands beside its linear layers, and parameters that the directory does not decide: an
  // undefined Var for those that it does. See t5/transfer.
  AdapterMaker adapters = {};
  Parameters::Source additions = {};
  int64_t prompt_tokens = 0;  // rows of an addition called prompt_embeddings, before every input
};

// Loads config.json and the weights. Float32 parameters are mapped, not copied: they are read from
// the disk when they are used, and shared with every process that uses the same file. Every tensor
// is checked against the shape that the config asks for; missing and surplus ones are errors, but
// for the stored aliases of the shared embedding.
std::unique_ptr<Model> load_model(const std::string& directory, const LoadOptions& options = {});
Config load_config(const std::string& directory);

// Writes config.json, generation_config.json and model.safetensors, trainable and frozen parameters
// alike, in place of all weights that were there. What the model's own files say beside what is
// known here is in the new ones too. A model with matrices in fewer bits throws.
void save_model(const Model& model, DirectoryUpdate& to);
void save_model(const Model& model, const std::string& directory);  // an update by itself

// Writes the model of one directory to another, its weights in that format, its config with
// their precision, everything else as it is. int8 is a form of our own: values and, for each row of
// a matrix, a scale, under the matrix's name with _scale. Throws Error when a value is too large
// for the precision. `to` may be `from`.
struct Conversion {
  int64_t files = 0;      // with weights
  double difference = 0;  // from the weights as they were: |w' - w| / |w|, all weights together
};
Conversion convert_model(const std::string& from, const std::string& to,
                         const WeightsFormat& format, Existing existing = Existing::kRefuse);

// Copies the tokenizer's files, if there are any, in place of all that were there. A model that is
// replaced takes its tokenizer with it.
void copy_tokenizer(const std::string& from, DirectoryUpdate& to);

// The same in two steps: name and content of each file.
using TokenizerFiles = std::map<std::string, std::string>;
TokenizerFiles read_tokenizer_files(const std::string& directory);
void write_tokenizer_files(const TokenizerFiles& files, DirectoryUpdate& to);

// Throws Error when a model with this tokenizer cannot be written there without replacing a file,
// as DirectoryUpdate would in the end.
void check_room_for_model(const std::string& directory, const TokenizerFiles& tokenizer);

// Throws when the tokenizer has more ids than the model has rows.
void check_vocabulary(const Tokenizer& tokenizer, const Config& config);

}  // namespace t5
