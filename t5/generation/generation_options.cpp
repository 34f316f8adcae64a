#include "t5/generation/generation_options.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/directory_update.h"
#include "tensor/error.h"

namespace t5 {
namespace {

using O = GenerationOptions;
constexpr double kAny = 1 << 24;

const GenerationSetting kSettings[] = {
    {"max_new_tokens", &O::max_new_tokens, 1, kAny, "at most so many, eos included; default 128"},
    {"max_length", &O::max_length, 1, kAny, "the same, counting the start token too"},
    {"min_new_tokens", &O::min_new_tokens, 0, kAny, "no eos before"},
    {"min_length", &O::min_length, 0, kAny, "the same, counting the start token too"},
    {"num_beams", &O::num_beams, 1, 4096, "hypotheses kept side by side"},
    {"num_return_sequences", &O::num_return_sequences, 1, 1 << 14, "outputs per input"},
    {"length_penalty", &O::length_penalty, -100, 100, "beams: exponent of the length"},
    {"early_stopping", &O::early_stopping, 0, 0, "beams: true, false or never"},
    {"do_sample", &O::do_sample, 0, 0, "draw at random"},
    {"temperature", &O::temperature, 0, 1e6, "sampling: divides the logits"},
    {"top_k", &O::top_k, 0, kAny, "sampling: among the k likeliest; 0: all"},
    {"top_p", &O::top_p, 0, 1, "sampling: among the likeliest that hold this probability"},
    {"min_p", &O::min_p, 0, 1, "sampling: at least this share of the likeliest one's"},
    {"typical_p", &O::typical_p, 0, 1, "sampling: among the most typical that hold this"},
    {"repetition_penalty", &O::repetition_penalty, 1e-6, 1e6, "of tokens already in the output"},
    {"no_repeat_ngram_size", &O::no_repeat_ngram_size, 0, kAny, "no n tokens twice"},
    {"encoder_no_repeat_ngram_size", &O::encoder_no_repeat_ngram_size, 0, kAny,
     "no n tokens of the input"},
    {"suppress_tokens", &O::suppress_tokens, 0, kAny, "ids that are never chosen"},
    {"begin_suppress_tokens", &O::begin_suppress_tokens, 0, kAny, "ids not chosen first"},
    {"forced_bos_token_id", &O::forced_bos_token_id, -1, kAny, "the first id"},
    {"forced_eos_token_id", &O::forced_eos_token_id, -1, kAny, "the id at the maximal length"},
    {"eos_token_id", &O::eos_token_id, 0, kAny, "ids that end an output; default: the model's"},
    {"decoder_start_token_id", &O::decoder_start_token_id, 0, kAny,
     "the id before every output; default: the model's"},
};

// What transformers can be asked for and this program cannot, and the value with which it is as if
// the key were absent.
struct Unknown {
  const char* name;
  double neutral;
  bool filter = false;  // of sampling, without effect on other searches
};
constexpr Unknown kUnknown[] = {{"guidance_scale", 1},
                                {"sequence_bias", 0},
                                {"encoder_repetition_penalty", 1},
                                {"exponential_decay_length_penalty", 0},
                                {"renormalize_logits", 0},
                                {"penalty_alpha", 0},
                                {"num_beam_groups", 1},
                                {"constraints", 0},
                                {"force_words_ids", 0},
                                {"dola_layers", 0},
                                {"stop_strings", 0},
                                {"max_time", 0},
                                {"token_healing", 0},
                                {"watermarking_config", 0},
                                {"top_h", 0, true},
                                {"epsilon_cutoff", 0, true},
                                {"eta_cutoff", 0, true}};

void check_unknown(const JsonObject& values, O& options) {
  for (const Unknown& unknown : kUnknown) {
    if (!values.has(unknown.name)) continue;
    const Json& value = values.value().at(unknown.name);
    if (value == false || (value.is_number() && value == unknown.neutral)) continue;
    check(unknown.filter,
          "{}: {}: is not known here, and the output would not be transformers'; set it to null "
          "to generate without it",
          values.name(), unknown.name);
    options.unknown_filter = fmt::format("{}: {}", values.name(), unknown.name);
  }
}

Ids ids_of(const JsonObject& values, const std::string& key, int64_t high) {
  if (values.value().at(key).is_number()) return {static_cast<Id>(values.integer(key, 0, high))};
  auto ids = values.integers(key, 0, high);
  return {ids.begin(), ids.end()};
}

EarlyStopping early_stopping(const JsonObject& values, const std::string& key) {
  const Json& value = values.value()[key];
  if (value == "never") return EarlyStopping::kNever;
  check(value.is_boolean(), "{}: {}: expected true, false or \"never\"", values.name(), key);
  return value.get<bool>() ? EarlyStopping::kTrue : EarlyStopping::kFalse;
}

void apply_setting(const JsonObject& values, const GenerationSetting& s, O& options) {
  auto low = static_cast<int64_t>(s.low), high = static_cast<int64_t>(s.high);
  std::visit(
      [&]<class T>(T O::*field) {
        if constexpr (std::is_same_v<T, int64_t>)
          options.*field = values.integer(s.name, low, high);
        else if constexpr (std::is_same_v<T, double>)
          options.*field = values.number(s.name, s.low, s.high);
        else if constexpr (std::is_same_v<T, bool>)
          options.*field = values.boolean(s.name);
        else if constexpr (std::is_same_v<T, EarlyStopping>)
          options.*field = early_stopping(values, s.name);
        else
          options.*field = ids_of(values, s.name, high);
      },
      s.field);
}

}  // namespace

std::span<const GenerationSetting> generation_settings() { return kSettings; }

void apply_settings(const JsonObject& values, GenerationOptions& options) {
  check_unknown(values, options);
  for (const GenerationSetting& setting : kSettings)
    if (values.has(setting.name)) apply_setting(values, setting, options);
  if (!values.has("bad_words_ids")) return;
  options.bad_words_ids.clear();
  for (const auto& word : values.integer_lists("bad_words_ids", 0, static_cast<int64_t>(kAny)))
    options.bad_words_ids.emplace_back(word.begin(), word.end());
}

void apply_settings(const std::map<std::string, std::string>& given, O& options) {
  Json values = Json::object();
  for (const auto& [name, text] : given) {
    bool list = text.find(',') != std::string::npos;
    Json value = Json::parse(list ? "[" + text + "]" : text, nullptr, false);
    values[name] = value.is_discarded() ? Json(text) : value;
  }
  apply_settings(JsonObject(values, "command line"), options);
}

GenerationOptions load_generation_options(const std::string& directory) {
  finish_update(directory);
  GenerationOptions options;
  std::string path = directory + "/generation_config.json";
  if (!std::filesystem::exists(path)) path = directory + "/config.json";
  apply_settings(JsonObject::read(path), options);
  return options;
}

std::string apply_task(const std::string& directory, const std::string& task,
                       GenerationOptions& options) {
  finish_update(directory);
  JsonObject config = JsonObject::read(directory + "/config.json");
  check(config.has("task_specific_params"), "{}: there are no task_specific_params, so no task {}",
        config.name(), task);
  JsonObject tasks = config.object("task_specific_params");
  std::vector<std::string> names;
  for (const auto& [name, value] : tasks.value().items()) names.push_back(name);
  check(tasks.has(task), "{}: there is no task {}; there are {}", config.name(), task,
        fmt::join(names, ", "));
  JsonObject values = tasks.object(task);
  apply_settings(values, options);
  return values.string("prefix", "");
}

}  // namespace t5
