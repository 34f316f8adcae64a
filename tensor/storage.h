// Memory for tensors: 64-byte aligned buffers from a cache of freed ones, and byte counters.
//
// A training step frees and asks for the same sizes over and over. Returning large buffers to the
// system and getting them back costs a page fault every 4 KiB, so freed buffers are kept, by size,
// and handed out again. The cache never lets the footprint (live + cached) grow more than 64 MiB
// beyond the most that was ever live.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tensor/real.h"

namespace t5 {

// A block of reals: owned, or borrowed from something that `owner` keeps alive (a mapped file).
class Storage {
 public:
  explicit Storage(int64_t size);                                // owned and uninitialised
  Storage(const real* data, std::shared_ptr<const void> owner);  // borrowed: must not be written
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  const real* data() const { return data_; }
  real* mutable_data();  // throws when borrowed
  bool borrowed() const { return owner_ != nullptr; }

 private:
  real* data_;        // written when owned only
  size_t bytes_ = 0;  // of the owned buffer, rounded up to its size class
  std::shared_ptr<const void> owner_;
};

struct MemoryStatistics {
  int64_t live_bytes;    // in buffers that tensors hold now
  int64_t peak_bytes;    // the most that was ever live since the last reset
  int64_t cached_bytes;  // freed, kept for reuse
};
MemoryStatistics memory_statistics();
void reset_peak_memory();    // peak := live
void release_free_memory();  // gives the cached buffers back to the system

}  // namespace t5
