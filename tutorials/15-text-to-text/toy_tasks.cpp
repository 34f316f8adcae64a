#include "tutorials/15-text-to-text/toy_tasks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "t5/files/atomic_file.h"
#include "t5/text/lines.h"
#include "tensor/random.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::tutorial {
namespace {

using Pairs = std::vector<corpus::Pair>;

constexpr size_t kTests = 300;

// The second sentence is the first one with each word replaced, with a probability of its own, by
// one of another sentence; the label is what is left, in fifths.
std::string similarity_line(const Pairs& pairs, size_t i, Random random) {
  std::vector<std::string> words = words_of(pairs[i].english), changed = words;
  std::vector<std::string> others = words_of(pairs[(i + 1) % pairs.size()].english);
  double share = random.uniform();
  for (std::string& word : changed)
    if (random.uniform() < share) word = others[random.below(std::ssize(others))];
  double same = 0;
  for (size_t w = 0; w < words.size(); ++w) same += words[w] == changed[w];
  return fmt::format("{}\t{}\t{:.3f}\n", pairs[i].english, fmt::join(changed, " "),
                     5 * same / static_cast<double>(words.size()));
}

std::string acceptability_line(const Pairs& pairs, size_t i, Random random) {
  std::vector<std::string> words = words_of(pairs[i].english);
  bool acceptable = words.size() < 4 || random.uniform() < 0.5;
  if (!acceptable) {  // the first word's capital and the last one's full stop would tell
    std::vector<std::string> inner(words.begin() + 1, words.end() - 1);
    random.shuffle(inner);
    acceptable = std::equal(inner.begin(), inner.end(), words.begin() + 1);
    std::copy(inner.begin(), inner.end(), words.begin() + 1);
  }
  return fmt::format("{}\t{}\n", fmt::join(words, " "), acceptable ? 1 : 0);
}

std::string kind_line(const Pairs& pairs, size_t i, Random) {
  const std::string& sentence = pairs[i].english;
  auto has = [&](const char* word) {
    std::vector<std::string> words = words_of(sentence);
    return std::count(words.begin(), words.end(), word) > 0;
  };
  bool negated = has("not") || has("never") || has("no") || has("cannot");
  bool asks = sentence.ends_with("?");
  return fmt::format("{}\t{}\n", sentence, asks ? "question" : negated ? "negation" : "statement");
}

std::string pair_line(const Pairs& pairs, size_t i, Random) {
  return fmt::format("{}\t{}\n", pairs[i].english, pairs[i].french);
}

struct Recipe {
  const char* name;
  std::vector<std::string> columns, metrics;
  size_t examples;
  std::string (*line)(const Pairs& pairs, size_t i, Random random);
};

const Recipe kRecipes[] = {
    {"wmt_en_fr", {"en", "fr"}, {"exact_match"}, 40000, pair_line},
    {"wmt_fr_en", {"en", "fr"}, {"exact_match"}, 12000, pair_line},
    {"stsb", {"sentence1", "sentence2", "label"}, {"pearson"}, 4000, similarity_line},
    {"cola", {"sentence", "label"}, {"accuracy"}, 1200, acceptability_line},
    {"kind", {"sentence", "label"}, {"accuracy"}, 400, kind_line}};

// The format of the paper of that name; "kind" is in none, and is made as a file would say it.
Task format_of(const std::string& name) {
  if (name != "kind") return built_in_task(name);
  Task task{.name = name};
  task.inputs = TextTemplate("kind sentence: {sentence}");
  task.targets = TextTemplate("{label}");
  for (const char* label : {"statement", "negation", "question"})
    task.values["label"][label] = label;
  return task;
}

std::string lines_of(const Recipe& recipe, const Pairs& pairs, size_t count, uint64_t seed) {
  std::string lines;
  for (size_t i = 0; i < count; ++i)
    lines += recipe.line(pairs, i, Random(seed).fork(static_cast<uint64_t>(i)));
  return lines;
}

}  // namespace

std::vector<ToyTask> make_toy_tasks(const std::string& folder) {
  corpus::EnglishFrench all = corpus::make_english_french({});
  std::vector<ToyTask> tasks;
  for (const Recipe& recipe : kRecipes) {
    Task task = format_of(recipe.name);
    task.columns = {false, recipe.columns};
    task.metrics = recipe.metrics;
    task.generation = {{"max_new_tokens", "40"}};
    for (std::string split : {"train", "test"})
      task.splits[split] = fmt::format("{}/{}.{}.tsv", folder, recipe.name, split);
    write_file(task.splits["train"], lines_of(recipe, all.train, recipe.examples, 1));
    write_file(task.splits["test"], lines_of(recipe, all.test, kTests, 2));
    std::vector<TaskExample> test = task.examples("test");
    tasks.push_back({std::move(task), std::move(test)});
  }
  return tasks;
}

TextModel make_toy_model(const std::vector<ToyTask>& tasks, const std::string& preset) {
  std::vector<std::string> texts;
  for (const ToyTask& toy : tasks) {
    std::vector<TaskExample> examples = toy.task.examples("train");
    for (size_t i = 0; i < std::min<size_t>(4000, examples.size()); ++i)
      texts.insert(texts.end(), {examples[i].text.input, examples[i].text.target});
  }
  TextModel model;
  model.tokenizer =
      make_sentencepiece_tokenizer(train_sentencepiece(texts, {.vocab_size = 1200}), "demo");
  Config config = preset_config(preset);
  config.vocab_size = model.tokenizer->vocab_size();
  model.model = make_model(config, 1);
  return model;
}

}  // namespace t5::tutorial
