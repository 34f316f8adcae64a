#include "tensor/storage.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "tensor/error.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace t5 {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector register
constexpr size_t kSlack = size_t{64} << 20;

// Sizes are rounded up to an eighth of their power of two, and to whole cache lines, so that
// batches of nearly the same length reuse each other's buffers; large ones waste at most an eighth.
size_t size_class(size_t bytes) {
  size_t step = std::max(kAlignment, std::bit_floor(std::max<size_t>(bytes, 1)) / 8);
  return (bytes + step - 1) / step * step;
}

class BufferCache {
 public:
  void* take(size_t bytes) {
    std::lock_guard lock(mutex_);
    live_ += bytes;
    peak_ = std::max(peak_, live_);
    void* buffer = reuse(bytes);
    return buffer != nullptr ? buffer : allocate(bytes);
  }

  void give_back(void* buffer, size_t bytes) {
    std::lock_guard lock(mutex_);
    live_ -= bytes;
    free_[bytes].push_back(buffer);
    cached_ += bytes;
  }

  void release() {
    std::lock_guard lock(mutex_);
    shrink_to(0);
  }

  void reset_peak() {
    std::lock_guard lock(mutex_);
    peak_ = live_;
  }

  MemoryStatistics statistics() {
    std::lock_guard lock(mutex_);
    return {static_cast<int64_t>(live_), static_cast<int64_t>(peak_),
            static_cast<int64_t>(cached_)};
  }

 private:
  // The buffer of this size that was given back last, or null when there is none.
  void* reuse(size_t bytes) {
    // exercise 01-tensors/reuse — a freed buffer is handed out again
    auto found = free_.find(bytes);
    if (found == free_.end() || found->second.empty()) return nullptr;
    void* buffer = found->second.back();
    found->second.pop_back();
    cached_ -= bytes;
    return buffer;
    // end exercise
  }

  void* allocate(size_t bytes) {
    shrink_to(peak_ + kSlack - live_);
    void* buffer = std::aligned_alloc(kAlignment, std::max(bytes, kAlignment));
    if (buffer == nullptr) {
      live_ -= bytes;
      throw std::bad_alloc();
    }
    return buffer;
  }

  // Frees cached buffers, largest first, until at most `bytes` are cached.
  void shrink_to(size_t bytes) {
    for (auto size = free_.rbegin(); size != free_.rend() && cached_ > bytes; ++size)
      for (; !size->second.empty() && cached_ > bytes; size->second.pop_back()) {
        std::free(size->second.back());
        cached_ -= size->first;
      }
  }

  std::mutex mutex_;                           // public functions take it, private ones rely on it
  std::map<size_t, std::vector<void*>> free_;  // by size: buffers that nobody holds
  size_t live_ = 0, peak_ = 0, cached_ = 0;    // bytes
};

// Large blocks of the C library's come from the system and go back to it when they are freed. Left
// to itself, glibc keeps ever larger ones after the first has been freed.
void give_freed_blocks_back() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

// Never destroyed: tensors with static lifetime may outlive any static object.
BufferCache& cache() {
  static auto* instance = (give_freed_blocks_back(), new BufferCache);
  return *instance;
}

}  // namespace

Storage::Storage(int64_t size) : bytes_(size_class(static_cast<size_t>(size) * sizeof(real))) {
  require(size >= 0, "storage: negative size {}", size);
  data_ = static_cast<real*>(cache().take(bytes_));
}

Storage::Storage(const real* data, std::shared_ptr<const void> owner)
    : data_(const_cast<real*>(data)), owner_(std::move(owner)) {}

Storage::~Storage() {
  if (!borrowed()) cache().give_back(data_, bytes_);
}

real* Storage::mutable_data() {
  require(!borrowed(), "tensor: this memory is a mapped file and read-only; copy it first");
  return data_;
}

MemoryStatistics memory_statistics() { return cache().statistics(); }
void reset_peak_memory() { cache().reset_peak(); }
void release_free_memory() { cache().release(); }

}  // namespace t5
