// What a run is: everything that its result depends on, as text that its checkpoints keep.
#pragma once

#include <string>
#include <vector>

#include "t5/train/train_options.h"
#include "t5/train/training_set.h"

namespace t5 {

// settings_text() of the options, and before it what no option says: the number of threads and the
// kernels of the products, which decide in what order numbers are added, and fingerprints of the
// weights that the run starts from, the training data and the validation data, as ids, in their
// order. Two runs with the same text end with the same bytes.
std::string run_settings(const TrainOptions& options, const Model& start, const TrainingSet& data,
                         const std::vector<TokenPair>& validation);

// In what a run differs from what it was before, "max_steps 8 → 12, threads 2 → 1"; empty: in
// nothing. Of a text that is older than threads and fingerprints, only the options are compared.
std::string settings_changes(const std::string& before, const std::string& now);

}  // namespace t5
