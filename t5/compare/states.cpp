#include "t5/compare/states.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "tensor/error.h"

namespace t5 {

States inner_states(const Model& model, const Batch& batch) {
  NoGrad no_grad;
  States states;
  Var logits = model.forward(batch, {}, [&](const std::string& name, const Var& state) {
    states.emplace_back(name, state.value());
  });
  if (!model.config().head->has_decoder) return states;
  states.emplace_back("logits", logits.value());
  states.emplace_back("loss", cross_entropy(logits, batch.labels).value().reshape({1}));
  return states;
}

Dump::Dump(const std::string& path, const Config& config) : file_(SafetensorsFile::open(path)) {
  int64_t top = config.vocab_size - 1;
  std::vector<Ids> inputs = matrix("input_ids", 0, top), mask = matrix("attention_mask", 0, 1);
  std::vector<Ids> labels = config.head->has_decoder ? matrix("labels", kIgnoredLabel, top) : inputs;
  check(
      mask.size() == inputs.size() && labels.size() == inputs.size() &&
          mask[0].size() == inputs[0].size(),
      "{}: input_ids, attention_mask and labels do not belong together: {} x {}, {} x {}, {} rows",
      path, inputs.size(), inputs[0].size(), mask.size(), mask[0].size(), labels.size());
  padded_length_ = std::ssize(inputs[0]);
  for (size_t b = 0; b < inputs.size(); ++b) {
    TokenPair pair{{}, labels[b]};
    kept_.emplace_back();
    for (size_t i = 0; i < inputs[b].size(); ++i) {
      if (mask[b][i] == 0) continue;
      pair.input.push_back(inputs[b][i]);
      kept_.back().push_back(static_cast<int64_t>(i));
    }
    pairs_.push_back(std::move(pair));
  }
}

std::vector<Ids> Dump::matrix(const std::string& name, int64_t low, int64_t high) const {
  const TensorEntry* entry = file_.find(name);
  if (entry == nullptr)
    fail("{}: {} is missing; t5 diff --script prints how to make this file", file_.path(), name);
  check(entry->dtype == DType::I64 && entry->shape.size() == 2 && entry->count() > 0,
        "{}: {} is {} of {} axes; expected I64 (batch, length)", file_.path(), name,
        dtype_name(entry->dtype), entry->shape.size());
  std::vector<Ids> rows(entry->shape[0]);
  for (size_t k = 0; k < static_cast<size_t>(entry->count()); ++k) {
    int64_t value;
    std::memcpy(&value, entry->data + k * sizeof value, sizeof value);
    check(value >= low && value <= high, "{}: {} holds {}, which is not from {} to {}",
          file_.path(), name, value, low, high);
    rows[k / entry->shape[1]].push_back(static_cast<Id>(value));
  }
  return rows;
}

Tensor Dump::state(const std::string& name, const Shape& shape) const {
  const TensorEntry* entry = file_.find(name);
  if (entry == nullptr) return {};
  Tensor all{Shape({entry->count()})}, kept(shape);
  check(is_floating(entry->dtype), "{}: {} holds {}, not floating-point numbers", file_.path(),
        name, dtype_name(entry->dtype));
  read_values(entry->dtype, entry->data, all.size(), all.mutable_data());
  int64_t width = shape[shape.rank() - 1], rows = all.size() / width, row = 0;
  auto take = [&](int64_t from) {
    std::copy_n(all.data() + from * width, width, kept.mutable_data() + row++ * width);
  };
  bool padded = name.starts_with("encoder");
  int64_t expected = padded ? std::ssize(kept_) * padded_length_ : kept.size() / width;
  check(all.size() % width == 0 && rows == expected,
        "{}: {} is ({}); expected {} rows of {} numbers", file_.path(), name,
        fmt::join(entry->shape, ", "), expected, width);
  if (!padded) return all.reshape(shape);
  for (size_t b = 0; b < kept_.size(); ++b)
    for (int64_t i : kept_[b]) take(static_cast<int64_t>(b) * padded_length_ + i);
  return kept;
}

}  // namespace t5
