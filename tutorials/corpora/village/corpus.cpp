// The splits: which example goes where.
#include "tutorials/corpora/village/corpus.h"

#include <algorithm>
#include <set>

#include "tensor/error.h"

namespace t5::corpus::village {
namespace {

// After so many tries in a row that gave nothing new, a task has no more to give.
constexpr int kMisses = 10000;

// Where a row that is told of no event belongs.
Split split_of(const Row& row, const std::string& task, uint64_t seed) {
  if (is_held_out(task + " " + row.combination, seed)) return Split::kUnseen;
  std::string input;
  for (size_t i = 0; i + 1 < row.fields.size(); ++i) input += row.fields[i] + "\t";
  return village::split_of(task + " " + input, seed);
}

}  // namespace

int64_t examples_of_size(const std::string& size) {
  return size == "small" ? 400 : size == "medium" ? 2000 : 4000;
}

TaskExamples make_task(const TaskKind& kind, const World& world, const VillageOptions& options,
                       const Random& random) {
  TaskExamples made{&kind, {}};
  std::set<std::string> inputs;  // of all splits: an input has one answer
  for (Split split : {Split::kTrain, Split::kValid, Split::kTest, Split::kUnseen}) {
    auto number = static_cast<uint64_t>(split);
    Teller teller(world, split, random.fork(number));
    int64_t count = split == Split::kTrain   ? options.examples
                    : split == Split::kValid ? std::clamp<int64_t>(options.examples / 20, 50, 100)
                                             : std::clamp<int64_t>(options.examples / 10, 100, 200);
    auto& rows = made.rows[number];
    for (int misses = 0; std::ssize(rows) < count && misses < kMisses; ++misses) {
      auto row = kind.make(teller);
      if (!row) continue;
      if (!row->combination.empty() && split_of(*row, kind.name, options.seed) != split) continue;
      std::string input;
      for (size_t i = 0; i + 1 < row->fields.size(); ++i) input += row->fields[i] + "\t";
      if (!inputs.insert(input).second) continue;
      rows.push_back(std::move(*row));
      misses = 0;
    }
  }
  return made;
}

Village make_village(const VillageOptions& options) {
  Random random(options.seed);
  Village village;
  village.world = make_world(options.seed);
  uint64_t number = 1;
  for (const TaskKind& kind : task_kinds())
    village.tasks.push_back(make_task(kind, village.world, options, random.fork(number++)));
  village.text = tell_village(village.world, Split::kTrain, options.examples * 5, random.fork(100));
  village.text_valid =
      tell_village(village.world, Split::kValid, options.examples / 4, random.fork(101));
  make_stream(village, random.fork(102));
  return village;
}

}  // namespace t5::corpus::village
