#include "tutorials/15-text-to-text/prefixes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "t5/generation/generate.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::tutorial {
namespace {

std::vector<std::string> words_of_targets(const ToyTask& toy) {
  std::set<std::string> words;
  for (const TaskExample& example : toy.test)
    for (const std::string& word : corpus::words_of(example.text.target)) words.insert(word);
  return {words.begin(), words.end()};
}

}  // namespace

OutputKinds::OutputKinds(const std::vector<ToyTask>& tasks)
    : names_{"French", "English", "a number", "acceptable?", "a kind", "none"},
      english_(words_of_targets(tasks[1])),
      french_(words_of_targets(tasks[0])) {
  for (const ToyTask& toy : tasks) tasks_.push_back(toy.task);
}

size_t OutputKinds::of(const std::string& text) const {
  for (size_t task = 0; task < tasks_.size(); ++task)
    if (tasks_[task].answer_kind() != AnswerKind::kText && tasks_[task].answer(text)) return task;
  int64_t french = 0, english = 0;
  for (const std::string& word : corpus::words_of(text)) {
    french += std::binary_search(french_.begin(), french_.end(), word);
    english += std::binary_search(english_.begin(), english_.end(), word);
  }
  if (french == english) return tasks_.size();
  return french > english ? 0 : 1;
}

HeatMap prefix_map(const TextModel& model, const std::vector<ToyTask>& tasks,
                   const std::vector<std::string>& formats) {
  OutputKinds kinds(tasks);
  HeatMap map{"English sentences, %", "what is written", "what is read", {}, {}, {}};
  map.columns = kinds.names();
  for (const std::string& format : formats) {
    std::vector<Ids> inputs;
    for (const TaskExample& example : tasks[1].test)  // whose targets are English
      inputs.push_back(model.tokenizer->encode(
          TextTemplate(format).fill([&](const std::string&) { return example.text.target; })));
    std::vector<double> counts(kinds.names().size(), 0);
    for (const Ids& ids : generate(*model.model, inputs, {.max_new_tokens = 40}))
      ++counts[kinds.of(model.write(ids))];
    map.rows.push_back(format);
    for (double count : counts) {
      map.values.push_back(count / static_cast<double>(inputs.size()));
      map.texts.push_back(fmt::format("{:.0f}", 100 * map.values.back()));
    }
  }
  return map;
}

TaskScores scores_behind(const std::string& prefix, const TextModel& model, Task task) {
  task.inputs = TextTemplate(prefix + "{sentence}");
  return measure_task(model, task, task.examples("test"), request_of(task, model), 64);
}

}  // namespace t5::tutorial
