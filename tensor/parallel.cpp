#include "tensor/parallel.h"

namespace t5 {

void set_thread_count(int count) {
  static const int initial = omp_get_max_threads();
  omp_set_num_threads(count > 0 ? count : initial);
}

}  // namespace t5
