#include "tutorials/21-performance/roofline.h"

#include <algorithm>

#include "tensor/error.h"  // an exercise that is not written yet throws Error

namespace t5::lesson {
namespace {

constexpr double kNumber = 4;  // bytes of a float

// The numbers of a matrix.
double numbers(int64_t rows, int64_t columns) {
  return static_cast<double>(rows) * static_cast<double>(columns);
}

// Three products, x W', dlogits W and dlogits' x, of a multiplication and an addition each.
double head_operations(const HeadShape& s) {
  return 3 * 2 * numbers(s.rows, s.width) * s.vocabulary;
}

}  // namespace

Bound bound(const Work& work, const Machine& machine) {
  // exercise 21-performance/bound — the slower of two things that go on at the same time
  double computing = work.operations / machine.operations;
  double moving = work.bytes / machine.bytes;
  double seconds = std::max(computing, moving);
  return {seconds, work.operations / seconds, moving > computing};
  // end exercise
}

Work plain_head(const HeadShape& s) {
  double states = numbers(s.rows, s.width), table = numbers(s.vocabulary, s.width);
  double logits = numbers(s.rows, s.vocabulary);
  double moved = states + table + logits     // logits = x W'
                 + logits                    // the loss reads them
                 + 2 * logits                // the gradient overwrites them
                 + logits + table + states   // dx = dlogits W
                 + logits + states + table;  // dW = dlogits' x
  return {head_operations(s), kNumber * moved};
}

Work chunked_head(const HeadShape& s, int64_t chunk) {
  double states = numbers(s.rows, s.width), table = numbers(s.vocabulary, s.width);
  // exercise 21-performance/traffic — what moves when the logits do not
  double chunks = static_cast<double>((s.rows + chunk - 1) / chunk);
  double moved = 3 * states;          // x for two products, dx from one
  moved += 2 * chunks * table;        // W for the logits and for dx, in every chunk
  moved += table;                     // dW, which the first chunk writes
  moved += 2 * (chunks - 1) * table;  // and each later one reads and writes
  return {head_operations(s), kNumber * moved};
  // end exercise
}

double plain_memory(const HeadShape& s) {
  return kNumber * (numbers(s.rows, s.vocabulary) + numbers(s.vocabulary, s.width));
}

double chunked_memory(const HeadShape& s, int64_t chunk) {
  return plain_memory({std::min(chunk, s.rows), s.width, s.vocabulary});
}

}  // namespace t5::lesson
