// What a training run knows beside its tensors. Everything random is derived from the seed and the
// step, so that there is nothing else to know.
#pragma once

#include <cstdint>
#include <limits>

namespace t5 {

struct TrainState {
  int64_t step = 0;                                            // steps done
  double best_loss = std::numeric_limits<double>::infinity();  // on the validation pairs
  int64_t best_step = 0;
  int64_t stale_evaluations = 0;  // since the best

  // Takes note of a validation after `step` steps: true when it is the best so far. A loss that is
  // not a number never is.
  bool record_validation(double loss);
  // Whether the last `patience` validations brought nothing; never with a patience of 0.
  bool is_stale(int64_t patience) const;
};

}  // namespace t5
