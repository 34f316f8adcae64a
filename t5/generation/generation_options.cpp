#include "t5/generation/generation_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "t5/model/config.h"
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
    {"forced_bos_token_id", &O::forced_bos_token_id, -1, kAny, "the first id; -1: none"},
    {"forced_eos_token_id", &O::forced_eos_token_id, -1, kAny,
     "the id at the maximal length; -1: none"},
    {"eos_token_id", &O::eos_token_id, -1, kAny,
     "ids that end an output; default: the model's; -1: none"},
    {"decoder_start_token_id", &O::decoder_start_token_id, 0, kAny,
     "the id before every output; default: the model's"},
    {"bos_token_id", &O::bos_token_id, -1, kAny, "the same, where that is not given"},
    {"prompt_lookup_num_tokens", &O::prompt_lookup_num_tokens, 0, 1024,
     "tokens copied from the input as a draft, at most; default: as many as pay"},
    {"num_assistant_tokens", &O::num_assistant_tokens, 0, 1024,
     "tokens drafted by an int8 copy of the decoder, at most; default: as many as pay"},
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

// A setting that can be without effect, when, and as --help would have it why.
struct Idle {
  const char* name;
  bool (*is_idle)(const O&);
  const char* why;
};
bool draws_nothing(const O& o) { return !o.do_sample; }
bool has_no_beams(const O& o) { return o.num_beams == 1; }
constexpr Idle kIdle[] = {
    {"temperature", draws_nothing, "without --do-sample"},
    {"top_k", draws_nothing, "without --do-sample"},
    {"top_p", draws_nothing, "without --do-sample"},
    {"min_p", draws_nothing, "without --do-sample"},
    {"typical_p", draws_nothing, "without --do-sample"},
    {"length_penalty", has_no_beams, "without --num-beams above 1"},
    {"early_stopping", has_no_beams, "without --num-beams above 1"},
    {"max_length", [](const O& o) { return o.max_new_tokens > 0; }, "beside --max-new-tokens"},
    {"forced_bos_token_id", [](const O& o) { return !o.prefix.empty(); }, "beside --prefix"},
};

bool is_default(const char* name, const O& options) {
  for (const GenerationSetting& s : kSettings)
    if (s.name == std::string_view(name))
      return std::visit([&](auto field) { return options.*field == O().*field; }, s.field);
  return true;
}

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

// A list of one stands for its number, and a number for a list of one, as in transformers.
int64_t integer_of(const JsonObject& values, const std::string& key, int64_t low, int64_t high) {
  const Json& value = values.value().at(key);
  bool is_list = value.is_array() && value.size() == 1;
  return is_list ? values.integers(key, low, high)[0] : values.integer(key, low, high);
}

Ids ids_of(const JsonObject& values, const std::string& key, int64_t low, int64_t high) {
  if (values.value().at(key).is_number()) return {static_cast<Id>(values.integer(key, low, high))};
  auto ids = values.integers(key, low, high);
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
          options.*field = integer_of(values, s.name, low, high);
        else if constexpr (std::is_same_v<T, double>)
          options.*field = values.number(s.name, s.low, s.high);
        else if constexpr (std::is_same_v<T, bool>)
          options.*field = values.boolean(s.name);
        else if constexpr (std::is_same_v<T, EarlyStopping>)
          options.*field = early_stopping(values, s.name);
        else
          options.*field = ids_of(values, s.name, low, high);
      },
      s.field);
  options.origins[s.name] =
      fmt::format("{} ({})", json_line(values.value().at(s.name)), values.name());
}

}  // namespace

std::span<const GenerationSetting> generation_settings() { return kSettings; }

Ids tokens_of(const Ids& ids) {
  Ids tokens;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(tokens), [](Id id) { return id >= 0; });
  return tokens;
}

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

std::vector<IdleSetting> idle_settings(const std::map<std::string, std::string>& given,
                                       const O& options) {
  std::vector<IdleSetting> idle;
  for (const auto& [name, is_idle, why] : kIdle)
    if (given.contains(name) && is_idle(options) && !is_default(name, options))
      idle.push_back({name, why});
  return idle;
}

GenerationOptions generation_options(const Config& config) {
  GenerationOptions options;
  const auto& file = config.generation_file ? config.generation_file : config.file;
  if (file) apply_settings(*file, options);
  return options;
}

std::string apply_task(const Config& config, const std::string& task, GenerationOptions& options) {
  std::string place = config.file ? config.file->name() : "config.json";
  check(config.file && config.file->has("task_specific_params"),
        "{}: there are no task_specific_params, so no task {}", place, task);
  JsonObject tasks = config.file->object("task_specific_params");
  std::vector<std::string> names;
  for (const auto& [name, value] : tasks.value().items()) names.push_back(name);
  check(tasks.has(task), "{}: there is no task {}; there are {}", place, task,
        fmt::join(names, ", "));
  JsonObject values = tasks.object(task);
  apply_settings(values, options);
  return values.string("prefix", "");
}

std::vector<std::string> origin_lines(const GenerationOptions& options, const Config& config) {
  auto all = options.origins;
  std::string place = fmt::format("({})", config.file ? config.file->name() : "the model");
  all.try_emplace("eos_token_id", fmt::format("{} {}", config.eos_token_id, place));
  if (!all.contains("bos_token_id"))
    all.try_emplace("decoder_start_token_id",
                    fmt::format("{} {}", config.decoder_start_token_id, place));
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(fmt::format("{} {}", name, value));
  return lines;
}

}  // namespace t5
