#include "t5/compare/published.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "t5/generation/generate.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

PublishedValue read_value(const JsonObject& json) {
  PublishedValue value;
  value.input = json.string("input");
  value.output = json.string("output");
  if (json.has("score")) {
    value.score = json.number("score", -1e9, 0);
    value.tolerance = json.number("tolerance", 1e-9, 1);
  }
  value.task = json.string("task", "");
  value.max_length = json.integer("max_length", 1, 1 << 20, 0);
  return value;
}

bool has_shape(const Config& config, const Config& known) {
  return config.model_type == known.model_type && config.d_model == known.d_model &&
         config.d_ff == known.d_ff && config.num_layers == known.num_layers &&
         config.num_decoder_layers == known.num_decoder_layers &&
         config.num_heads == known.num_heads && config.gated == known.gated &&
         config.vocab_size == known.vocab_size && config.writes_text();
}

std::string generated(const Model& model, const Tokenizer& tokenizer,
                      const PublishedValue& expected) {
  GenerationOptions options;
  std::string prefix;
  if (!expected.task.empty()) {
    prefix = apply_task(model.config(), expected.task, options);
    options.num_beams = 2;  // the published test's, instead of the task's 4
  }
  if (expected.max_length > 0) options.max_length = expected.max_length;
  return tokenizer.decode(generate(model, {tokenizer.encode(prefix + expected.input)}, options)[0]);
}

}  // namespace

PublishedAnswers read_published(const std::string& path, const Config& config) {
  JsonObject json = JsonObject::read(path);
  const std::vector<std::string> known = preset_names();
  std::string names;
  for (const auto& item : json.value().items()) {
    names += (names.empty() ? "" : ", ") + item.key();
    check(std::find(known.begin(), known.end(), item.key()) != known.end(),
          "{}: {}: is no model whose shape is known", path, item.key());
    if (!has_shape(config, preset_config(item.key()))) continue;
    PublishedAnswers answers{item.key(), {}};
    std::string place = path + ": " + item.key();
    check(item.value().is_array() && !item.value().empty(), "{}: expected an array of answers",
          place);
    for (const Json& value : item.value())
      answers.values.push_back(read_value(JsonObject(value, place)));
    return answers;
  }
  fail("{}: has no answers of a model of this shape, but of {}", path, names);
}

Verification verify(const Model& model, const Tokenizer& tokenizer,
                    const PublishedValue& expected) {
  if (expected.tolerance == 0) {
    try {
      std::string found = generated(model, tokenizer, expected);
      return {expected, found, found == expected.output};
    } catch (const Error& error) {  // such as a task that config.json does not have
      return {expected, error.what(), false};
    }
  }
  TokenPair pair{tokenizer.encode(expected.input), tokenizer.encode(expected.output)};
  double found = score_pairs(model, std::span(&pair, 1), 1)[0].log_probability;
  return {expected, fmt::format("{:.4f}", found),
          std::abs(found - expected.score) <= expected.tolerance};
}

}  // namespace t5
