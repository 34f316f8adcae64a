// What the commands that train have in common: their options, the run, its last words.
#pragma once

#include <string>
#include <vector>

#include "t5/cli/program.h"
#include "t5/files/cache.h"
#include "t5/train/trainer.h"

namespace t5 {

struct TrainingCommand {
  std::string model;
  std::vector<std::string> train, validation;
  TrainOptions training;
};

// What the files given to --train and --validation hold, as --help says it.
struct DataHelp {
  const char *train, *validation;
  bool is_pairs;  // which can be cut into batches by their tokens
};
void declare_training(Options& options, TrainingCommand& command, const DataHelp& data);

// What --cache-dir names; says on stderr what is made in it.
Cache training_cache(const std::string& directory, const Common& common);

// Throws when the run cannot write to --output: at once, before anything large is read.
void check_output(const TrainingCommand& command);

// Trains the model of the command, writes it with its tokenizer to --output, and reports: a line on
// stderr, or JSON on stdout. An interrupt ends the program with its status.
void run_training(const TrainingCommand& command, const Common& common, Model& model,
                  const TrainingSet& data, const Validation& validation);

}  // namespace t5
