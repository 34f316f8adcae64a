// Many tasks in one training set, in proportions that are not left to their sizes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "t5/tasks/task.h"
#include "t5/train/training_set.h"

namespace t5 {

// How often each task is drawn, as shares that add up to 1 (Raffel et al. 2020, section 3.5.2): in
// proportion to
//   min(size, limit)^(1 / temperature)
// A limit of 0 is none. The limit comes first: it says how large a task is taken to be, the
// temperature how much sizes count. 1: in proportion; towards infinity: all alike. Throws Error for
// a size or a temperature that is not above 0.
std::vector<double> mixing_rates(const std::vector<int64_t>& sizes, int64_t limit,
                                 double temperature);

// So many places for each task of `total`, which add up to it: the nearest whole numbers to
// rate * total; where they do not add up, the largest remainders get one more.
std::vector<int64_t> places_of(const std::vector<double>& rates, int64_t total);

// The number that takes the place of `index` when 0 … size - 1 are shuffled; another order for each
// key. Computed for this index alone.
int64_t shuffled(int64_t index, int64_t size, const Random& key);

// Which example stands at number `index` of an epoch.
struct Draw {
  int64_t task, example;
};

class Mixing {
 public:
  // `sizes`: examples of each task; `rates`: their shares, of any sum above 0. An epoch is as long
  // as all tasks together.
  Mixing(std::vector<int64_t> sizes, const std::vector<double>& rates, uint64_t seed);

  int64_t size() const { return size_; }
  // A function of these two and the seed alone. Each task's examples come in a shuffled order, all
  // of them before any comes again.
  Draw at(int64_t index, int64_t epoch) const;

 private:
  std::vector<int64_t> sizes_, first_;  // first_: the place of each task's first draw, and the end
  int64_t size_;
  uint64_t seed_;
};

struct MixedTask {
  Task task;
  double rate = 1;    // by hand
  double weight = 1;  // what each label of its targets counts for in the loss
};

struct Mixture {
  std::vector<MixedTask> tasks;
  std::string mixing = "proportional";  // "equal", "by-hand"
  int64_t limit = 0;                    // of proportional: examples that a task counts for, at most
  double temperature = 1;

  std::vector<double> rates(const std::vector<int64_t>& sizes) const;
};

// A mixture's file: {"tasks": [{"file": "reviews.json", "rate": 2, "weight": 0.5}, …], "mixing":
// "by-hand"}, or "mixing": "proportional", "mixing_limit": 1000, "temperature": 2. Paths are
// relative to it. Throws Error for two tasks of one name.
Mixture read_mixture(const std::string& file);
// Of files of tasks, or names of those that are built in.
Mixture mixture_of(const std::vector<std::string>& tasks);
void check_names(const Mixture& mixture);

// The training splits of all tasks as one set, for `model`.
TrainingSet mixed_set(const Mixture& mixture, const TextModel& model, uint64_t seed);

}  // namespace t5
