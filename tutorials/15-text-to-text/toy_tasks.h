// Five tasks on the sentences of the English–French corpus, from 40,000 examples down to 400, in
// the formats of the paper's benchmark.
#pragma once

#include <string>
#include <vector>

#include "t5/tasks/tokenized.h"

namespace t5::tutorial {

struct ToyTask {
  Task task;
  std::vector<TaskExample> test;  // of sentences that no training example holds
};

// Writes the data of all five into a folder, as the files from which tasks are made. By size:
//   wmt_en_fr, wmt_fr_en   the corpus' pairs, both ways
//   stsb    how much of sentence1 is left in sentence2: words were replaced; 0 to 5
//   cola    acceptable, or the words between the first and the last shuffled
//   kind    statement, negation or question
std::vector<ToyTask> make_toy_tasks(const std::string& folder);

// A model of the preset with a vocabulary of the tasks' texts, untrained.
TextModel make_toy_model(const std::vector<ToyTask>& tasks, const std::string& preset);

}  // namespace t5::tutorial
