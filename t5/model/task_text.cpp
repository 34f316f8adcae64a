#include "t5/model/task_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "t5/model/finite_pass.h"
#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// A text word by word, as token classification sees it: each word is encoded on its own, and its
// label is that of its first token.
struct Words {
  std::vector<std::string> words;  // between white space
  Ids ids;                         // of all words, then eos
  std::vector<int64_t> first;      // the first token of each word
};

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

// "question: … context: …" as tokens with eos, and the one with which the context begins.
struct Passage {
  Ids ids;
  int64_t context = 0;
};

Passage split_passage(const std::string& text, const Tokenizer& tokenizer,
                      const std::string& place = "") {
  constexpr std::string_view kMark = " context:";
  size_t at = text.find(kMark);
  check(at != std::string::npos, "{}'{}' is not of the form 'question: … context: …'", place, text);
  Passage passage{tokenizer.encode_without_eos(text.substr(0, at + kMark.size())), 0};
  passage.context = std::ssize(passage.ids);
  Ids context = tokenizer.encode(text.substr(at + kMark.size()));
  passage.ids.insert(passage.ids.end(), context.begin(), context.end());
  return passage;
}

std::string joined(const std::string& text) {
  return fmt::format("{}", fmt::join(words_of(text), " "));
}

Id label_id(const std::string& label, const Config& config) {
  auto found = std::find(config.labels.begin(), config.labels.end(), label);
  check(found != config.labels.end(), "target '{}' is not one of the model's labels: {}", label,
        fmt::join(config.labels, ", "));
  return static_cast<Id>(found - config.labels.begin());
}

// softmax of the logits, a row for each label that the inputs would have.
Tensor probabilities(const Model& model, const std::vector<Ids>& inputs) {
  NoGrad no_grad;
  Batch batch = make_input_batch(inputs, model.config());
  return finite_pass(model, [&] { return softmax(model.forward(batch)).value().as_contiguous(); });
}

// The likeliest label of one row of probabilities.
std::pair<std::string, double> best_label(const Tensor& p, int64_t row, const Config& config) {
  const real* begin = p.data() + row * p.dim(1);
  const real* best = std::max_element(begin, begin + p.dim(1));
  return {config.labels[best - begin], *best};
}

// Of row pair i of the probabilities, those of begins and ends.
TaskAnswer best_span(const Tensor& p, int64_t i, const Passage& passage, int64_t max_length) {
  TaskAnswer best{"", -1};
  int64_t end = std::ssize(passage.ids) - 1;
  for (int64_t first = passage.context; first < end; ++first)
    for (int64_t last = first; last < std::min(end, first + max_length); ++last) {
      double both = static_cast<double>(p.at({2 * i, first})) * p.at({2 * i + 1, last});
      if (both > *best.probability) {
        best.probability = both;
        best.tokens = {first, last};
      }
    }
  return best;
}

}  // namespace

TokenPair encode_text(const Example& example, const Tokenizer& tokenizer, const Config&) {
  return {tokenizer.encode(example.input), tokenizer.encode(example.target)};
}

TokenPair encode_nothing(const Example&, const Tokenizer&, const Config& config) {
  fail("a model with head {} has nothing to train; see t5 new", config.head->name);
}

TokenPair encode_label(const Example& example, const Tokenizer& tokenizer, const Config& config) {
  return {tokenizer.encode(example.input), {label_id(example.target, config)}};
}

TokenPair encode_word_labels(const Example& example, const Tokenizer& tokenizer,
                             const Config& config) {
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
TokenPair encode_span(const Example& example, const Tokenizer& tokenizer, const Config&) {
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

std::vector<TaskAnswer> answer_labels(const TextModel& model, const std::vector<std::string>& lines,
                                      const std::vector<std::string>& places, int64_t) {
  std::vector<Ids> inputs;
  for (size_t i = 0; i < lines.size(); ++i) inputs.push_back(model.read(lines[i], places[i]));
  Tensor p = probabilities(*model.model, inputs);
  std::vector<TaskAnswer> answers;
  for (int64_t i = 0; i < std::ssize(lines); ++i) {
    auto [label, probability] = best_label(p, i, model.config());
    answers.push_back({label, probability});
    for (int64_t k = 0; k < p.dim(1); ++k)
      answers.back().labels.emplace_back(model.config().labels[k], p.at({i, k}));
  }
  return answers;
}

std::vector<TaskAnswer> answer_word_labels(const TextModel& model,
                                           const std::vector<std::string>& lines,
                                           const std::vector<std::string>&, int64_t) {
  std::vector<Words> all;
  std::vector<Ids> inputs;
  for (const std::string& line : lines) {
    all.push_back(split_words(line, *model.tokenizer));
    inputs.push_back(all.back().ids);
  }
  Tensor p = probabilities(*model.model, inputs);
  std::vector<TaskAnswer> answers;
  int64_t begin = 0;  // the row of the input's first token
  for (const Words& words : all) {
    TaskAnswer answer;
    for (size_t i = 0; i < words.words.size(); ++i) {
      auto [label, probability] = best_label(p, begin + words.first[i], model.config());
      answer.text += (i == 0 ? "" : " ") + label;
      answer.words.push_back({words.words[i], label, probability});
    }
    answers.push_back(answer);
    begin += std::ssize(words.ids);
  }
  return answers;
}

std::vector<TaskAnswer> answer_spans(const TextModel& model, const std::vector<std::string>& lines,
                                     const std::vector<std::string>& places, int64_t max_length) {
  std::vector<Passage> passages;
  std::vector<Ids> inputs;
  for (size_t i = 0; i < lines.size(); ++i) {
    passages.push_back(split_passage(lines[i], *model.tokenizer, places[i] + ": "));
    inputs.push_back(passages.back().ids);
    check(passages[i].context + 1 < std::ssize(inputs[i]), "{}: the context is empty", places[i]);
  }
  Tensor p = probabilities(*model.model, inputs);
  std::vector<TaskAnswer> answers;
  for (int64_t i = 0; i < std::ssize(lines); ++i) {
    TaskAnswer best = best_span(p, i, passages[i], max_length);
    auto ids = std::span(inputs[i]);
    best.text =
        model.tokenizer->decode(ids.subspan(best.tokens[0], best.tokens[1] - best.tokens[0] + 1));
    answers.push_back(best);
  }
  return answers;
}

}  // namespace t5
