#include "t5/train/targets.h"

#include <fmt/format.h>

#include <algorithm>

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

std::string joined(const std::string& text) {
  return fmt::format("{}", fmt::join(words_of(text), " "));
}

Id label_id(const std::string& label, const Config& config) {
  auto found = std::find(config.labels.begin(), config.labels.end(), label);
  check(found != config.labels.end(), "target '{}' is not one of the model's labels: {}", label,
        fmt::join(config.labels, ", "));
  return static_cast<Id>(found - config.labels.begin());
}

TokenPair word_labels(const Example& example, const Tokenizer& tokenizer, const Config& config) {
  Words words = split_words(example.input, tokenizer);
  std::vector<std::string> labels = words_of(example.target);
  check(labels.size() == words.words.size(), "target '{}' has {} labels for {} words",
        example.target, labels.size(), words.words.size());
  TokenPair pair{words.ids, Ids(words.ids.size(), kIgnoredLabel)};
  for (size_t i = 0; i < labels.size(); ++i)
    pair.target[words.first[i]] = label_id(labels[i], config);
  return pair;
}

// The first run of the context's tokens whose text is the answer.
TokenPair answer_span(const Example& example, const Tokenizer& tokenizer) {
  Passage passage = split_passage(example.input, tokenizer);
  std::string answer = joined(example.target);
  auto end = std::ssize(passage.ids) - 1;  // eos is no part of an answer
  for (int64_t first = passage.context; first < end; ++first)
    for (int64_t last = first; last < end; ++last) {
      std::string text =
          joined(tokenizer.decode(std::span(passage.ids).subspan(first, last - first + 1)));
      if (text == answer) return {passage.ids, {static_cast<Id>(first), static_cast<Id>(last)}};
      if (!answer.starts_with(text)) break;
    }
  fail("target '{}' does not stand in the context as whole tokens; shorten or extend it",
       example.target);
}

}  // namespace

Words split_words(const std::string& text, const Tokenizer& tokenizer) {
  Words result{words_of(text), {}, {}};
  for (const std::string& word : result.words) {
    Ids ids = tokenizer.encode_without_eos(word);
    if (ids.empty()) ids = {tokenizer.unk_id()};
    result.first.push_back(std::ssize(result.ids));
    result.ids.insert(result.ids.end(), ids.begin(), ids.end());
  }
  result.ids.push_back(tokenizer.eos_id());
  return result;
}

Passage split_passage(const std::string& text, const Tokenizer& tokenizer) {
  constexpr std::string_view kMark = " context:";
  size_t at = text.find(kMark);
  check(at != std::string::npos, "'{}' is not of the form 'question: … context: …'", text);
  Passage passage{tokenizer.encode_without_eos(text.substr(0, at + kMark.size())), 0};
  passage.context = std::ssize(passage.ids);
  Ids context = tokenizer.encode(text.substr(at + kMark.size()));
  passage.ids.insert(passage.ids.end(), context.begin(), context.end());
  return passage;
}

TokenPair task_pair(const Example& example, const Tokenizer& tokenizer, const Config& config) {
  if (config.head == Head::kTokenClassification) return word_labels(example, tokenizer, config);
  if (config.head == Head::kQuestionAnswering) return answer_span(example, tokenizer);
  if (config.head == Head::kSequenceClassification)
    return {tokenizer.encode(example.input), {label_id(example.target, config)}};
  check(config.head == Head::kLanguageModel,
        "a model with head {} has nothing to train; see t5 new", head_name(config.head));
  return {tokenizer.encode(example.input), tokenizer.encode(example.target)};
}

}  // namespace t5
