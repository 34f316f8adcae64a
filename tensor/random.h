// Seeded random numbers that are the same on every machine and for every number of threads.
//
// The generator is counter-based: draw number n of a seed is a hash of (seed, n). Its whole state
// is two integers, which a checkpoint can store, and a kernel can compute draw n without draws 0 …
// n-1, which is how dropout runs in parallel and is replayed in the backward pass.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace t5 {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose output looks random.
constexpr uint64_t mix_bits(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// Draw number n of the stream that starts at `key`.
constexpr uint64_t random_bits(uint64_t key, uint64_t n) {
  return mix_bits(key + (n + 1) * 0x9e3779b97f4a7c15ULL);
}

// The same in 32 bits, for masks: cheap enough to be drawn again rather than stored. The mixing is
// "lowbias32" (Wellons 2018).
constexpr uint32_t random_bits32(uint32_t key, uint32_t n) {
  uint32_t z = (n * 0x9e3779b9U) ^ key;
  z = (z ^ (z >> 16)) * 0x7feb352dU;
  z = (z ^ (z >> 15)) * 0x846ca68bU;
  return z ^ (z >> 16);
}

class Random {
 public:
  explicit Random(uint64_t seed, uint64_t position = 0)
      : seed_(seed), key_(mix_bits(seed)), position_(position) {}

  uint64_t bits() { return random_bits(key_, position_++); }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }  // in [0, 1)
  double normal();                                                          // mean 0, deviation 1
  int64_t below(int64_t n);                                                 // in [0, n), n > 0

  static constexpr int64_t kBitsPerNormal = 2;  // draws of bits() that one normal() takes

  // The generator `draws` draws of bits() further on.
  Random skip(int64_t draws) const {
    return Random(seed_, position_ + static_cast<uint64_t>(draws));
  }
  // An independent generator for a numbered purpose (an epoch, a layer); does not move this one.
  Random fork(uint64_t purpose) const { return Random(random_bits(~key_, purpose)); }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (auto i = static_cast<int64_t>(items.size()) - 1; i > 0; --i)
      std::swap(items[i], items[below(i + 1)]);
  }

  uint64_t seed() const { return seed_; }
  uint64_t key() const { return key_; }
  uint64_t position() const { return position_; }

 private:
  uint64_t seed_, key_, position_;
};

}  // namespace t5
