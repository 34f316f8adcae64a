// What bounds the time of a computation, and what the head of a language model costs in operations
// and in traffic.
#pragma once

#include <cstdint>

namespace t5::lesson {

// What a machine does at most in a second.
struct Machine {
  double operations;  // floating-point operations
  double bytes;       // between memory and the caches
};

// What a computation has to do.
struct Work {
  double operations, bytes;
  double intensity() const { return operations / bytes; }
};

struct Bound {
  double seconds;  // no program takes less
  double rate;     // operations a second in that time
  bool by_memory;  // whether moving the bytes is what takes so long
};
Bound bound(const Work& work, const Machine& machine);

// Logits x W' of all rows, their mean cross-entropy, and the gradients of x and of W.
struct HeadShape {
  int64_t rows, width, vocabulary;  // N, M, V
};

// The logits as a whole, in memory: each pass over an operand moves all of it.
Work plain_head(const HeadShape& shape);

// `chunk` rows at a time, the last time perhaps fewer. A chunk's logits stay in the cache; W and
// its gradient are moved for every chunk.
Work chunked_head(const HeadShape& shape, int64_t chunk);

// Bytes that exist at one time beside x, W and the gradient of x: logits and the gradient of W.
double plain_memory(const HeadShape& shape);
double chunked_memory(const HeadShape& shape, int64_t chunk);

}  // namespace t5::lesson
