// Names, aliases and forms; see stored_weights.h.
#include "t5/model/stored_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "tensor/error.h"
#include "tensor/ops/quantized.h"

namespace t5 {
namespace {

// Names under which a file may store the shared embedding once more.
constexpr const char* kHead = "lm_head.weight";
constexpr const char* kEmbeddingAliases[] = {"shared.weight", "encoder.embed_tokens.weight",
                                             "decoder.embed_tokens.weight", kHead};
// Stored by some old checkpoints, used by none.
constexpr const char* kUnused =
    "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

// Where classifiers keep the stacks.
constexpr const char* kStacks = "transformer.";

Tensor in_floats(const TensorEntry& entry, const Shape& shape) {
  if (entry.dtype == kRealType && entry.is_in_place())
    return Tensor::borrow(shape, reinterpret_cast<const real*>(entry.data), entry.owner);
  Tensor copy(shape);
  read_entry(entry, copy.mutable_data());
  return copy;
}

}  // namespace

StoredWeights::StoredWeights(const std::string& directory) : file_(Weights::open(directory)) {
  for (const std::string prefix : {"", kStacks}) {
    used_.insert(prefix + kUnused);
    for (const char* alias : kEmbeddingAliases)
      for (const char* suffix : {"", "_scale"}) used_.insert(prefix + alias + suffix);
  }
  check_aliases();
}

const TensorEntry* StoredWeights::find(const std::string& name) const {
  if (const auto* entry = file_.find(name)) return entry;
  return file_.find(name.starts_with(kStacks) ? name.substr(std::strlen(kStacks)) : kStacks + name);
}

const TensorEntry* StoredWeights::embedding() const {
  for (const char* name : kEmbeddingAliases)
    if (const auto* entry = find(name)) return entry;
  return nullptr;
}

// transformers 5 reads with the encoder's or the decoder's own table where it is another one.
void StoredWeights::check_aliases() const {
  const TensorEntry* shared = embedding();
  for (const std::string prefix : {"", kStacks})
    for (const std::string alias : kEmbeddingAliases) {
      if (alias == kHead) continue;
      const TensorEntry* entry = file_.find(prefix + alias);
      check(
          entry == nullptr || entry == shared || same_values(*entry, *shared),
          "{}: {} and {} differ, and one table of embeddings for both stacks is all that is known "
          "here",
          file_.path(), shared == nullptr ? "" : shared->name, prefix + alias);
    }
}

// Compared value by value only when the bytes do not lie in the same order or of the same type.
bool StoredWeights::same_values(const TensorEntry& a, const TensorEntry& b) const {
  if (a.shape != b.shape) return false;
  const TensorEntry *p = file_.find(a.name + "_scale"), *q = file_.find(b.name + "_scale");
  if ((p != nullptr || q != nullptr) && (p == nullptr || q == nullptr || !same_values(*p, *q)))
    return false;
  if (a.dtype == b.dtype && a.strides == b.strides && a.data == b.data) return true;
  if (a.dtype == b.dtype && a.strides.empty() && b.strides.empty())
    return std::memcmp(a.data, b.data, a.size) == 0;
  if (!is_floating(a.dtype) || !is_floating(b.dtype)) return false;
  std::vector<real> x(a.count()), y(b.count());
  read_entry(a, x.data());
  read_entry(b, y.data());
  return x == y;
}

// tie_word_embeddings cannot be asked: transformers 5 writes `true` beside untied heads.
bool StoredWeights::untied_head() const {
  const auto *head = file_.find("lm_head.weight"), *shared = embedding();
  return head != nullptr && head != shared && !same_values(*head, *shared);
}

Var StoredWeights::parameter(const std::string& name, const Shape& shape, Use use) {
  const TensorEntry& entry = stored(name, shape);
  if (auto matrix = in_fewer_bits(entry, shape)) {
    if (use == Use::kPrediction) return Var(matrix);
    Tensor floats = matrix->all_rows();
    check_finite(entry_of(entry.name, floats), file_.path());
    return Var(floats, true);
  }
  Tensor floats = in_floats(entry, shape);
  bool is_mapped = floats.data() == reinterpret_cast<const real*>(entry.data);
  if (use == Use::kTraining || !is_mapped || shape.rank() < 2)
    check_finite(entry_of(entry.name, floats), file_.path());
  return Var(floats, use == Use::kTraining);
}

void StoredWeights::check_all_used() const {
  for (const TensorEntry& entry : file_.entries())
    if (!used_.contains(entry.name))
      fail("{}: {} belongs to no layer that config.json describes", file_.path(), entry.name);
}

// Null when the parameter is no matrix in fewer bits.
std::shared_ptr<const QuantizedMatrix> StoredWeights::in_fewer_bits(const TensorEntry& entry,
                                                                    const Shape& shape) const {
  if (shape.rank() != 2 || !entry.is_in_place()) return nullptr;
  if (entry.dtype == DType::BF16)
    return std::make_shared<QuantizedMatrix>(shape, reinterpret_cast<const Bfloat16*>(entry.data),
                                             entry.owner);
  if (entry.dtype != DType::I8) return nullptr;
  const TensorEntry& scales = *file_.find(entry.name + "_scale");
  using Owner = std::shared_ptr<const void>;  // the two may lie in different files
  auto owners = std::make_shared<std::pair<Owner, Owner>>(entry.owner, scales.owner);
  return std::make_shared<QuantizedMatrix>(shape, reinterpret_cast<const int8_t*>(entry.data),
                                           reinterpret_cast<const float*>(scales.data), owners);
}

const TensorEntry& StoredWeights::stored(const std::string& name, const Shape& shape) {
  const TensorEntry* entry = name.ends_with("shared.weight") ? embedding() : find(name);
  if (entry == nullptr) fail("{}: {} is missing; the config asks for it", file_.path(), name);
  used_.insert(entry->name);
  check(std::equal(shape.begin(), shape.end(), entry->shape.begin(), entry->shape.end()),
        "{}: {} is ({}), the config asks for {}", file_.path(), name, fmt::join(entry->shape, ", "),
        shape);
  if (entry->dtype == DType::I8)
    check_scales(*entry);
  else
    check(is_floating(entry->dtype), "{}: {} holds {}, not floating-point numbers", file_.path(),
          name, dtype_name(entry->dtype));
  return *entry;
}

// int8 values, as t5 convert writes them, come with a scale for each row.
void StoredWeights::check_scales(const TensorEntry& entry) {
  std::string name = entry.name + "_scale";
  const TensorEntry* scales = file_.find(name);
  check(entry.shape.size() == 2 && scales != nullptr && scales->dtype == DType::F32 &&
            scales->shape == std::vector<int64_t>{entry.shape[0]},
        "{}: {} holds I8, not floating-point numbers, and there is no {} of ({}) with its scales",
        file_.path(), entry.name, name, entry.shape.empty() ? 0 : entry.shape[0]);
  check(entry.is_in_place() && scales->is_in_place(),
        "{}: {} does not begin at a multiple of 4 bytes; pad the file's header with blanks",
        file_.path(), name);
  check_finite(*scales, file_.path());
  auto* values = reinterpret_cast<const float*>(scales->data);
  for (int64_t row = 0; row < entry.shape[0]; ++row)
    check(values[row] >= 0, "{}: {} holds {} at ({}); a scale is not negative", file_.path(), name,
          values[row], row);
  used_.insert(name);
}

}  // namespace t5
