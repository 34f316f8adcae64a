// The mistakes that implementations of T5 are known to make, as changes to a model that has none.

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "nn/layers/attention.h"
#include "t5/compare/divergence.h"

namespace t5 {
namespace {

Tensor times(const Tensor& x, double factor) {
  return map([f = static_cast<real>(factor)](real v) { return f * v; }, x);
}

bool contains(const std::string& name, const std::string& part) {
  return name.find(part) != std::string::npos;
}

// The number in "encoder.block.3.output"; -1 for other states.
int64_t block_number(const std::string& name) {
  size_t at = name.find(".block.");
  return at == std::string::npos ? -1 : std::strtoll(name.c_str() + at + 7, nullptr, 10);
}

// The functions that it makes outlive it: they hold the model's parameters, nothing of its own.
class Catalogue {
 public:
  Catalogue(const Model& model, const std::string& state)
      : model_(model),
        config_(model.config()),
        stack_(state.substr(0, 7)),
        block_(block_number(state)) {}

  std::vector<Mistake> take() { return std::move(mistakes_); }

  // Config values that the other implementation may have hard-coded or read wrongly.
  void config_values() {
    for (double epsilon : {1e-5, 1e-6, 1e-8, 1e-12, 0.0})
      if (epsilon != config_.layer_norm_epsilon)
        config(fmt::format("layer_norm_epsilon is {}, here it is {}", epsilon,
                           config_.layer_norm_epsilon),
               [=](Config& c) { c.layer_norm_epsilon = epsilon; });
    for (auto [f, name] : {std::pair{Activation::kRelu, "relu"},
                           {Activation::kGelu, "gelu_new"},
                           {Activation::kSilu, "silu"}})
      if (f != config_.activation)
        config(fmt::format("the activation is {}", name), [activation = f](Config& c) { c.activation = activation; });
    for (int64_t distance : {16, 20, 32, 64, 128, 256, 512})
      if (distance != config_.relative_attention_max_distance &&
          distance > config_.relative_attention_num_buckets / 2)
        config(fmt::format("relative_attention_max_distance is {}, here it is {}", distance,
                           config_.relative_attention_max_distance),
               [=](Config& c) { c.relative_attention_max_distance = distance; });
  }

  void positions() {
    weights("there is no position bias", [](const std::string& name, const Tensor& w) {
      return contains(name, "relative_attention_bias") ? times(w, 0) : w;
    });
    for (int64_t buckets : {8, 16, 32, 64})
      if (buckets < config_.relative_attention_num_buckets)
        weights(fmt::format("relative_attention_num_buckets is {}, here it is {}", buckets,
                            config_.relative_attention_num_buckets),
                [=](const std::string& name, const Tensor& w) {
                  return contains(name, "relative_attention_bias") ? w.slice(0, 0, buckets) : w;
                })
            .config.relative_attention_num_buckets = buckets;
    weights("the position bias is in the first layer only, not in the whole stack",
            [](const std::string& name, const Tensor& w) {
              bool first = contains(name, ".block.0.");
              return contains(name, "relative_attention_bias") && !first ? times(w, 0) : w;
            })
        .config.model_type = "umt5";
    swapped_directions();
  }

  // The decoder's buckets as the encoder has them, or the other way round: a table with a row of
  // its own for each distance, filled by the wrong rule in this stack and by the right one in the
  // other.
  void swapped_directions() {
    constexpr int64_t kRows = 4096;  // one for each distance up to a quarter of it
    int64_t buckets = config_.relative_attention_num_buckets,
            furthest = config_.relative_attention_max_distance;
    Mistake& mistake = weights(
        stack_ == "decoder" ? "the decoder's position buckets are bidirectional"
                            : "the encoder's position buckets are those of a decoder",
        [=, stack = stack_](const std::string& name, const Tensor& w) {
          if (!contains(name, "relative_attention_bias")) return w;
          bool encoder = name.starts_with("encoder"), wrong = name.starts_with(stack);
          Tensor rows({kRows, w.dim(1)});
          for (int64_t r = 0; r < kRows; ++r) {
            int64_t distance = encoder && r >= kRows / 2 ? r - kRows / 2 : -r;
            Id bucket = relative_position_bucket(distance, encoder != wrong, buckets, furthest);
            rows.slice(0, r, r + 1).copy_from(w.slice(0, bucket, bucket + 1));
          }
          return rows;
        });
    mistake.config.relative_attention_num_buckets = kRows;
    mistake.config.relative_attention_max_distance = kRows;
  }

  // What is multiplied that should not be, or the other way round.
  void scaling() {
    double width = static_cast<double>(config_.d_kv), model = static_cast<double>(config_.d_model);
    weights("attention scores are divided by sqrt(d_kv); T5 does not",
            [=](const std::string& name, const Tensor& w) {
              return contains(name, ".q.") ? times(w, 1 / std::sqrt(width)) : w;
            });
    weights("the embeddings are multiplied by sqrt(d_model); T5 does not",
            [=](const std::string& name, const Tensor& w) {
              return name == "shared.weight" ? times(w, std::sqrt(model)) : w;
            });
    weights("the weights of the norms are not applied",
            [](const std::string& name, const Tensor& w) {
              return contains(name, "layer_norm") ? Tensor::full(w.shape(), 1) : w;
            });
  }

  // Parameters in the wrong place.
  void misplaced() {
    auto exchange = [this](const std::string& a, const std::string& b) {
      weights(fmt::format("{} and {} are exchanged", a, b),
              [=, stack = stack_, all = &model_.parameters()](const std::string& name,
                                                              const Tensor& w) {
                for (auto [from, to] :
                     {std::pair{"." + a + ".", "." + b + "."}, {"." + b + ".", "." + a + "."}})
                  if (contains(name, from) && name.starts_with(stack)) {
                    std::string other = name;
                    other.replace(other.find(from), from.size(), to);
                    return all->find(other)->value();
                  }
                return w;
              });
    };
    exchange("q", "k");
    exchange("k", "v");
    if (config_.gated) exchange("wi_0", "wi_1");
    if (config_.d_model == config_.num_heads * config_.d_kv)
      weights("the matrices of attention are transposed",
              [](const std::string& name, const Tensor& w) {
                bool matrix = contains(name, "Attention.") && !contains(name, "bias");
                return matrix ? w.transpose().contiguous_copy() : w;
              });
    other_block();
  }

  // All weights of this block from another one.
  void other_block() {
    int64_t blocks = stack_ == "decoder" ? config_.num_decoder_layers : config_.num_layers;
    for (int64_t other = 0; other < blocks; ++other) {
      if (other == block_) continue;
      std::string mine = fmt::format("{}.block.{}.", stack_, block_),
                  theirs = fmt::format("{}.block.{}.", stack_, other);
      weights(fmt::format("block {} has the weights of block {}", block_, other),
              [=, all = &model_.parameters()](const std::string& name, const Tensor& w) {
                if (!name.starts_with(mine) || contains(name, "relative_attention_bias")) return w;
                return all->find(theirs + name.substr(mine.size()))->value();
              });
    }
  }

  void decoder_inputs() {
    for (Id start : std::set<Id>{0, 1, 2, 3, config_.pad_token_id, config_.eos_token_id})
      if (start != config_.decoder_start_token_id && start < config_.vocab_size)
        config(fmt::format("the decoder starts with id {}, here decoder_start_token_id is {}",
                           start, config_.decoder_start_token_id),
               [=](Config& c) { c.decoder_start_token_id = start; });
    add("the decoder reads the labels themselves, not shifted right by one").batch =
        [pad = config_.pad_token_id](Batch& batch) {
          batch.decoder_inputs = batch.labels;
          std::replace(batch.decoder_inputs.begin(), batch.decoder_inputs.end(), kIgnoredLabel,
                       pad);
        };
  }

  void loss() {
    add("padded labels (-100) count in the loss").batch = [pad = config_.pad_token_id](Batch& b) {
      std::replace(b.labels.begin(), b.labels.end(), kIgnoredLabel, pad);
    };
  }

 private:
  Mistake& add(const std::string& description) {
    return mistakes_.emplace_back(Mistake{description, config_, {}, {}});
  }
  void config(const std::string& description, const std::function<void(Config&)>& change) {
    change(add(description).config);
  }
  Mistake& weights(const std::string& description, decltype(Mistake::weight) weight) {
    Mistake& mistake = add(description);
    mistake.weight = std::move(weight);
    return mistake;
  }

  const Model& model_;
  const Config& config_;
  std::string stack_;
  int64_t block_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::unique_ptr<Model> with_mistake(const Model& model, const Mistake& mistake) {
  auto source = [&](const std::string& name, const Shape& shape, const Init&) {
    const Var* mine = model.parameters().find(name);
    Tensor value = mine != nullptr ? mine->value() : Tensor::zeros(shape);
    return Var(mistake.weight ? mistake.weight(name, value) : value);
  };
  return std::make_unique<Model>(mistake.config, source, !model.tied());
}

std::vector<Mistake> known_mistakes(const Model& model, const std::string& name) {
  Catalogue catalogue(model, name);
  if (name == "loss") {
    catalogue.loss();
  } else if (name != "logits") {
    if (name.starts_with("decoder")) catalogue.decoder_inputs();
    catalogue.config_values();
    catalogue.scaling();
    if (block_number(name) >= 0) {
      catalogue.positions();
      catalogue.misplaced();
    }
  }
  return catalogue.take();
}

}  // namespace t5
