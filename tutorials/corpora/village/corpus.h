// The village's corpus: tasks in four splits each, text for pretraining, tables, and a stream of
// headlines. Files and tasks are told in README.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "t5/files/directory_update.h"
#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {

struct VillageOptions {
  uint64_t seed = 1;
  int64_t examples = 2000;  // for training, of each task; a task that has fewer gives what it has
};

// "small", "medium", "large" as a number of examples: 400, 2,000, 4,000.
int64_t examples_of_size(const std::string& size);

constexpr const char* kSplits[] = {"train", "valid", "test", "unseen"};  // as Split counts them

struct TaskExamples {
  const TaskKind* kind;
  std::vector<Row> rows[4];  // by Split
};

struct Headline {
  int day;
  std::string text;
};

// From `day` on, the mood about a firm is this one.
struct Swing {
  int day;
  std::string firm, mood;
};

struct Village {
  World world;
  std::vector<TaskExamples> tasks;
  std::vector<std::string> text, text_valid;  // for pretraining: a document a line
  std::vector<Headline> stream;
  std::vector<Swing> swings;
};

// The same options give the same village. No input is in two splits of a task.
Village make_village(const VillageOptions& options);

// How the parts are made.
TaskExamples make_task(const TaskKind& kind, const World& world, const VillageOptions& options,
                       const Random& random);
std::vector<std::string> tell_village(const World& world, Split split, int64_t count,
                                      Random random);
void make_stream(Village& village, Random random);

// Files by name, with folders: "sentiment/train.tsv", "sentiment.json", "mixture.json".
std::map<std::string, std::string> village_files(const Village& village);

// Writes them, each whole or not at all, mixture.json last. Makes the directory.
void write_village(const Village& village, const std::string& directory);

}  // namespace t5::corpus::village
