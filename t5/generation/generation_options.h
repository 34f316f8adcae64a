// What a generation is asked for, under the names and with the meanings of transformers'
// GenerationConfig.
#pragma once

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "t5/files/json.h"
#include "tensor/real.h"

namespace t5 {

struct Config;

enum class EarlyStopping { kFalse, kTrue, kNever };

struct GenerationOptions {
  // Lengths in tokens. Those without "new" count the decoder's start token and the prefix; those
  // that are 0 ask for nothing. max_new_tokens wins over max_length.
  int64_t max_length = 0, max_new_tokens = 0, min_length = 0, min_new_tokens = 0;

  int64_t num_beams = 1;             // 1: greedy, or sampling
  int64_t num_return_sequences = 1;  // outputs per input: draws, or the best of the beams
  double length_penalty = 1;         // finished beams score sum log p / length^length_penalty
  EarlyStopping early_stopping = EarlyStopping::kFalse;

  bool do_sample = false;
  double temperature = 1, top_p = 1, min_p = 0, typical_p = 1;
  int64_t top_k = 50;  // 0: all

  double repetition_penalty = 1;  // of tokens that the output has; above 1: fewer
  int64_t no_repeat_ngram_size = 0, encoder_no_repeat_ngram_size = 0;
  std::vector<Ids> bad_words_ids = {};  // sequences that must not be completed
  Ids suppress_tokens = {}, begin_suppress_tokens = {};
  Ids forced_bos_token_id = {}, forced_eos_token_id = {};  // one of these; negative: none
  std::vector<Ids> allowed_outputs =
      {};           // when there are any, the output is one of these, with eos
  Ids prefix = {};  // how every output begins

  Ids eos_token_id = {};  // any of them ends an output; negative: none; empty: the model's
  int64_t decoder_start_token_id = -1;  // negative: bos_token_id
  int64_t bos_token_id = -1;            // negative: the model's decoder_start_token_id

  // Guesses that a pass checks, at most, when one output is written at a time: copied from the
  // input, and of an int8 copy of the decoder. Negative: as many as pay, where they change no bit.
  int64_t prompt_lookup_num_tokens = -1, num_assistant_tokens = -1;

  int64_t batch_size = 64;  // inputs decoded together, at most
  uint64_t seed = 0;        // of the draws; they do not depend on the batch
  int64_t first_input = 0;  // the number of the first input in its stream, by which draws are made

  // A filter of transformers that a file asks for and that is not known here, with the file's name;
  // sampling then throws. Empty: there is none.
  std::string unknown_filter = "";

  // Where each setting that somebody gave comes from: a file, or the command line.
  std::map<std::string, std::string> origins = {};
};

// Those of the ids that are tokens.
Ids tokens_of(const Ids& ids);

// An option by its name in transformers, with its bounds.
struct GenerationSetting {
  const char* name;
  std::variant<int64_t GenerationOptions::*, double GenerationOptions::*, bool GenerationOptions::*,
               EarlyStopping GenerationOptions::*, Ids GenerationOptions::*>
      field;
  double low, high;
  const char* help;
};
std::span<const GenerationSetting> generation_settings();

// Sets the options that an object names: a generation_config.json, one task of config.json's
// task_specific_params, a command line. Other keys, and null, are passed over, but for those with
// which transformers would give another output: they throw.
void apply_settings(const JsonObject& values, GenerationOptions& options);

// The same as texts, as a command line has them: JSON values, words without their quotes, of lists
// the numbers between commas.
void apply_settings(const std::map<std::string, std::string>& given, GenerationOptions& options);

// Of the settings of a command line, those that do nothing in the options that they became part of,
// each with the reason, as transformers warns of them: {"top_k", "without --do-sample"}.
struct IdleSetting {
  std::string name, why;
};
std::vector<IdleSetting> idle_settings(const std::map<std::string, std::string>& given,
                                       const GenerationOptions& options);

// The defaults of a model: its generation_config.json, or, when it has none, what its config.json
// says of generation, as files of old do.
GenerationOptions generation_options(const Config& config);

// One task of config.json's task_specific_params, such as translation_en_to_de: sets its options
// and returns the text that goes before every input. An unknown task throws and names the known.
std::string apply_task(const Config& config, const std::string& task, GenerationOptions& options);

// The settings that were given, with their origins, and the model's own start and ends where nobody
// gave any: a line for each.
std::vector<std::string> origin_lines(const GenerationOptions& options, const Config& config);

}  // namespace t5
