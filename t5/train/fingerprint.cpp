#include "t5/train/fingerprint.h"

#include <cstring>

#include "tensor/parallel.h"
#include "tensor/random.h"

namespace t5 {
namespace {

class Fingerprint {
 public:
  void add(uint64_t word) { value_ = mix_bits(value_ + kStep + word); }
  void add(const Ids& ids) {
    add(ids.size());  // where one sequence ends
    for (Id id : ids) add(static_cast<uint64_t>(id));
  }
  void add(std::span<const real> values) {
    for (real value : values) {
      uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof value);
      value_ = (value_ ^ bits) * kStep;  // cheaper than mixing: there are millions
    }
    add(values.size());
  }
  uint64_t value() const { return value_; }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15ULL;  // odd: the product loses nothing
  uint64_t value_ = 0;
};

}  // namespace

uint64_t fingerprint(const std::vector<Ids>& sequences) {
  Fingerprint result;
  for (const Ids& ids : sequences) result.add(ids);
  return result.value();
}

uint64_t fingerprint(std::span<const TokenPair> pairs) {
  Fingerprint result;
  for (const TokenPair& pair : pairs) {
    result.add(pair.input);
    result.add(pair.target);
  }
  return result.value();
}

uint64_t fingerprint(const Parameters& parameters) {
  const auto& all = parameters.all();
  std::vector<uint64_t> each(all.size());
  parallel_items(std::ssize(all), [&](int64_t i, int64_t) {
    if (all[i].var.quantized() != nullptr) return;  // frozen, and without numbers of its own
    Tensor values = all[i].var.value().as_contiguous();
    Fingerprint of_one;
    of_one.add({values.data(), static_cast<size_t>(values.size())});
    each[i] = of_one.value();
  });
  Fingerprint result;
  for (uint64_t one : each) result.add(one);
  return result.value();
}

}  // namespace t5
