// The mixings that the chapter compares, and what a run under each sees and is judged by.
#pragma once

#include <string>
#include <vector>

#include "t5/tasks/mixture.h"
#include "t5/train/validation.h"
#include "tutorials/15-text-to-text/toy_tasks.h"

namespace t5::tutorial {

struct NamedMixture {
  std::string name;
  Mixture mixture;
};
std::vector<NamedMixture> mixings_of(const std::vector<ToyTask>& tasks);

// A row for each mixing, and in it three numbers for each task: its share of the examples and of
// the targets' tokens, in percent, and how often so many draws see each of its examples.
std::string shares_table(const std::vector<ToyTask>& tasks, const TextModel& model, int64_t draws);

// The loss over the tests of all tasks, and of each.
Validation loss_per_task(const std::vector<ToyTask>& tasks, const TextModel& model);

}  // namespace t5::tutorial
