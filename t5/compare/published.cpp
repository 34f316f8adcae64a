#include "t5/compare/published.h"

#include <cmath>

#include "t5/generation/generate.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// The sum over the labels of log p, which the test suites print as -(length * loss).
PublishedValue score(double value, double tolerance) {
  return {"Hello there", "Hi I am", value, tolerance, "", 0};
}

PublishedValue text(const std::string& input, const std::string& output, int64_t max_length = 0) {
  return {input, output, 0, 0, "", max_length};
}

std::vector<PublishedValue> t5_small() {
  const std::string to = "translate English to ";
  const std::string languages = "This sentence will be translated in multiple languages.";
  return {
      score(-19.0845, 1e-4),
      text("summarize: Hello there", "Hello there!", 8),
      text(to + "German: The house is wonderful.", "Das Haus ist wunderbar."),
      text(to + "German: Today is a beautiful day.", "Heute ist ein schöner Tag."),
      text(to + "German: I have four cats, three dogs, two birds, and a horse.",
           "Ich habe vier Katzen, drei Hunde, zwei Vögel und ein Pferd."),
      {"Today is a beautiful day.", "Aujourd'hui est une belle journée.", 0, 0,
       "translation_en_to_fr", 0},
      text(to + "French: " + languages, "Cette phrase sera traduite dans plusieurs langues."),
      text(to + "German: " + languages, "Dieser Satz wird in mehreren Sprachen übersetzt."),
      text(to + "Romanian: " + languages, "Această frază va fi tradusă în mai multe limbi."),
  };
}

std::string generated(const Model& model, const Tokenizer& tokenizer, const std::string& directory,
                      const PublishedValue& expected) {
  GenerationOptions options;
  std::string prefix;
  if (!expected.task.empty()) {
    prefix = apply_task(directory, expected.task, options);
    options.num_beams = 2;  // the published test's, instead of the task's 4
  }
  if (expected.max_length > 0) options.max_length = expected.max_length;
  return tokenizer.decode(generate(model, {tokenizer.encode(prefix + expected.input)}, options)[0]);
}

}  // namespace

std::string published_name(const Config& config) {
  for (std::string name : {"t5-small", "t5-v1_1-small", "mt5-small", "byt5-small"}) {
    Config known = preset_config(name);
    if (config.model_type == known.model_type && config.d_model == known.d_model &&
        config.d_ff == known.d_ff && config.num_layers == known.num_layers &&
        config.num_decoder_layers == known.num_decoder_layers &&
        config.num_heads == known.num_heads && config.gated == known.gated &&
        config.vocab_size == known.vocab_size && config.head == Head::kLanguageModel)
      return name;
  }
  return "";
}

std::vector<PublishedValue> published_values(const std::string& name) {
  if (name == "t5-small") return t5_small();
  if (name == "t5-v1_1-small") return {score(-59.0293, 1e-4)};
  if (name == "byt5-small") return {score(-60.7397, 1e-4)};
  if (name == "mt5-small") return {score(-84.9127, 2e-4)};
  return {};
}

Verification verify(const Model& model, const Tokenizer& tokenizer, const std::string& directory,
                    const PublishedValue& expected) {
  if (expected.tolerance == 0) {
    try {
      std::string found = generated(model, tokenizer, directory, expected);
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
