#include "tutorials/18-t5-small/other.h"

#include <algorithm>
#include <cmath>

#include "t5/files/safetensors.h"
#include "tensor/bfloat16.h"

namespace t5::lesson {
namespace {

Tensor reversed_rows(const Tensor& x) {
  Tensor out(x.shape());
  int64_t n = x.dim(0);
  for (int64_t i = 0; i < n; ++i) out.slice(0, i, i + 1).copy_from(x.slice(0, n - 1 - i, n - i));
  return out;
}

// The hidden units of the feed-forward layers, last to first: the same function, but its sums are
// added in another order and round differently.
Tensor reversed_units(const std::string& name, const Tensor& w) {
  if (name.ends_with(".wi.weight")) return reversed_rows(w);
  if (!name.ends_with(".wo.weight")) return w;
  return reversed_rows(w.transpose()).transpose().contiguous_copy();
}

// What is left of a matrix that was stored as bfloat16.
Tensor rounded(const Tensor& w) {
  auto round = [](real x) {
    return static_cast<real>(bfloat16_to_float(float_to_bfloat16(static_cast<float>(x))));
  };
  return map(round, w);
}

class Builder {
 public:
  explicit Builder(const Model& model) : model_(model) {}

  Other& add(const std::string& name, const std::function<void(Config&)>& config = {},
             const decltype(Mistake::weight)& weight = {}) {
    Mistake mistake{name, model_.config(), {}, {}};
    if (config) config(mistake.config);
    mistake.weight = [weight](const std::string& parameter, const Tensor& w) {
      return reversed_units(parameter, weight ? weight(parameter, w) : w);
    };
    auto model = with_mistake(model_, mistake);
    return others_.emplace_back(Other{mistake, std::move(model)});
  }
  std::vector<Other> take() { return std::move(others_); }

 private:
  const Model& model_;
  std::vector<Other> others_;
};

template <class T>
TensorEntry entry(const std::string& name, DType dtype, std::vector<int64_t> shape,
                  std::vector<T> values) {
  auto kept = std::make_shared<std::vector<T>>(std::move(values));
  return {name,
          dtype,
          std::move(shape),
          reinterpret_cast<const std::byte*>(kept->data()),
          kept->size() * sizeof(T),
          {},
          kept};
}

// States (N, M), the sequences end to end, as (B, longest, M) with zeros for padding.
TensorEntry padded(const std::string& name, const Tensor& states, const Segments& segments) {
  int64_t width = states.dim(1), longest = segments.longest();
  std::vector<float> out(segments.count() * longest * width, 0);
  std::vector<real> values = states.to_vector();
  for (int64_t b = 0; b < segments.count(); ++b)
    std::copy_n(values.begin() + segments.begin(b) * width, segments.length(b) * width,
                out.begin() + b * longest * width);
  return entry(name, DType::F32, {segments.count(), longest, width}, std::move(out));
}

}  // namespace

std::vector<Other> others(const Model& model) {
  Builder builder(model);
  builder.add("nothing: adds in another order");
  builder.add("max_distance 64, not 128",
              [](Config& c) { c.relative_attention_max_distance = 64; });
  builder.add("epsilon 1e-5, not 1e-6", [](Config& c) { c.layer_norm_epsilon = 1e-5; });
  builder.add("scores divided by sqrt(d_kv)", {},
              [d = model.config().d_kv](const std::string& name, const Tensor& w) {
                auto factor = static_cast<real>(1 / std::sqrt(static_cast<double>(d)));
                bool query = name.find(".q.") != std::string::npos;
                return query ? map([=](real x) { return factor * x; }, w) : w;
              });
  builder.add("does not mask padding").reads_padding = true;
  builder.add("starts with </s>", [](Config& c) { c.decoder_start_token_id = c.eos_token_id; });
  builder.add(
      "a decoder block loaded twice", {}, [&model](const std::string& name, const Tensor& w) {
        const std::string from = "decoder.block.1.";
        if (!name.starts_with(from)) return w;
        return model.parameters().find("decoder.block.0." + name.substr(from.size()))->value();
      });
  builder.add("one matrix as bfloat16", {}, [](const std::string& name, const Tensor& w) {
    return name == "decoder.block.1.layer.2.DenseReluDense.wo.weight" ? rounded(w) : w;
  });
  builder.add("head without d_model^-0.5", [](Config& c) { c.scale_decoder_outputs = false; });
  builder.add("counts padded labels").mistake.batch = [](Batch& batch) {
    std::replace(batch.labels.begin(), batch.labels.end(), kIgnoredLabel, Id(0));
  };
  return builder.take();
}

void write_dump(const std::string& path, const Other& other, std::vector<TokenPair> pairs) {
  const Config& config = other.model->config();
  size_t inputs = 0, targets = 0;  // the longest
  for (const TokenPair& pair : pairs) {
    inputs = std::max(inputs, pair.input.size());
    targets = std::max(targets, pair.target.size());
  }
  std::vector<int64_t> ids, mask, labels;
  for (TokenPair& pair : pairs) {
    Ids input = pair.input;
    input.resize(inputs, config.pad_token_id);
    pair.target.resize(targets, kIgnoredLabel);
    ids.insert(ids.end(), input.begin(), input.end());
    labels.insert(labels.end(), pair.target.begin(), pair.target.end());
    for (size_t i = 0; i < inputs; ++i) mask.push_back(i < pair.input.size());
    if (other.reads_padding) pair.input = input;
  }
  Batch batch = make_batch(pairs, config);
  if (other.mistake.batch) other.mistake.batch(batch);
  auto rows = [&](const std::string& name, const std::vector<int64_t>& values) {
    int64_t count = std::ssize(pairs);
    return entry(name, DType::I64, {count, std::ssize(values) / count}, values);
  };
  std::vector<TensorEntry> entries{rows("input_ids", ids), rows("attention_mask", mask),
                                   rows("labels", labels)};
  for (const auto& [name, state] : inner_states(*other.model, batch)) {
    bool encoder = name.starts_with("encoder");
    if (name == "loss")
      entries.push_back(entry(name, DType::F32, {1}, std::vector<float>{float(state.item())}));
    else
      entries.push_back(padded(name, state, encoder ? batch.sources : batch.targets));
  }
  write_safetensors(path, std::move(entries));
}

}  // namespace t5::lesson
