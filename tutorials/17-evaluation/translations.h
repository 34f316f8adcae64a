// What a translator writes, as texts to judge, and as labels: does a sentence say no?
#pragma once

#include <algorithm>

#include "t5/metrics/metric.h"
#include "tutorials/16-generation/translator.h"

namespace t5::tutorial {

// Sentences first … first + count - 1, by greedy search or with beams.
inline Judged written(const Translator& t, const Model& model, size_t first, size_t count,
                      int64_t beams) {
  std::vector<Ids> inputs(t.inputs.begin() + static_cast<ptrdiff_t>(first),
                          t.inputs.begin() + static_cast<ptrdiff_t>(first + count));
  Judged judged;
  for (const Ids& ids : generate(model, inputs, {.max_new_tokens = 40, .num_beams = beams}))
    judged.predictions.push_back(t.tokenizer->decode(ids));
  for (size_t i = first; i < first + count; ++i) judged.references.push_back({t.references[i]});
  return judged;
}

// The first `count` of the sentences.
inline Judged beginning(const Judged& judged, size_t count) {
  auto end = static_cast<ptrdiff_t>(count);
  return {{judged.predictions.begin(), judged.predictions.begin() + end},
          {judged.references.begin(), judged.references.begin() + end}};
}

// Numbers that have all been called the BLEU of a set of outputs; the first one is.
inline Scores so_called_bleus(Judged judged) {
  auto bleu_of = [](const Judged& texts, const MetricOptions& options = {}) {
    return measure({"bleu"}, texts, options)[0].second;
  };
  double sum = 0, count = static_cast<double>(judged.predictions.size());
  for (size_t i = 0; i < judged.predictions.size(); ++i)
    sum += bleu_of({{judged.predictions[i]}, {judged.references[i]}});
  Scores scores = {{"of the corpus, as others count", bleu_of(judged)},
                   {"the mean of the sentences'", sum / count},
                   {"words between blanks", bleu_of(judged, {.tokenize = "none"})},
                   {"characters for words", bleu_of(judged, {.tokenize = "char"})}};
  for (size_t i = 0; i < judged.predictions.size(); ++i) {
    judged.predictions[i] += " </s>";
    judged.references[i][0] += " </s>";
  }
  scores.emplace_back("</s> as a word of both", bleu_of(judged));
  return scores;
}

// "negated" for a French sentence with ne or n' in it, "plain" for others.
inline std::string kind_of(const std::string& french) {
  auto words = corpus::words_of(french);
  bool says_no = std::any_of(words.begin(), words.end(),
                             [](auto& word) { return word == "ne" || word == "n'"; });
  return says_no ? "negated" : "plain";
}

inline Confusion confusion_of_kinds(const Judged& judged) {
  std::vector<std::string> right, predicted;
  for (const auto& references : judged.references) right.push_back(kind_of(references[0]));
  for (const std::string& text : judged.predictions) predicted.push_back(kind_of(text));
  return confusion(right, predicted);
}

}  // namespace t5::tutorial
