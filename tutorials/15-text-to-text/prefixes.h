// What a prefix does: the same sentences behind right and wrong ones, and what the model writes.
#pragma once

#include <string>
#include <vector>

#include "t5/report/heat_map.h"
#include "tutorials/15-text-to-text/toy_tasks.h"

namespace t5::tutorial {

// Of which task a text looks like an answer: French, English, a number, one of a task's labels.
class OutputKinds {
 public:
  explicit OutputKinds(const std::vector<ToyTask>& tasks);

  // One for each task, in their order, and the last for what is none of these.
  const std::vector<std::string>& names() const { return names_; }
  size_t of(const std::string& text) const;

 private:
  std::vector<std::string> names_, english_, french_;  // the words of two languages, sorted
  std::vector<Task> tasks_;
};

// A row for each format, in whose braces English sentences of the tests are put, a column for each
// kind of output: the share of the sentences that got it.
HeatMap prefix_map(const TextModel& model, const std::vector<ToyTask>& tasks,
                   const std::vector<std::string>& formats);

// What the model makes of a task's tests when `prefix` stands before their sentences.
TaskScores scores_behind(const std::string& prefix, const TextModel& model, Task task);

}  // namespace t5::tutorial
