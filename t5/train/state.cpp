#include "t5/train/state.h"

#include "tensor/error.h"

namespace t5 {

bool TrainState::record_validation(double loss) {
  // exercise 14-training/early-stopping — the best so far, and how long ago that was
  bool is_best = loss < best_loss;
  if (is_best) {
    best_loss = loss;
    best_step = step;
    stale_evaluations = 0;
  } else {
    ++stale_evaluations;
  }
  return is_best;
  // end exercise
}

bool TrainState::is_stale(int64_t patience) const {
  check(patience >= 0, "early stopping: a patience of {}; 0 is never", patience);
  return patience > 0 && stale_evaluations >= patience;
}

}  // namespace t5
