// The published shapes, and two for a laptop.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "t5/model/config.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct Size {
  const char* name;
  int64_t d_model, d_ff, heads, encoder_layers, decoder_layers;
};

// T5 v1.0 (Raffel et al. 2020, table 2): relu, tied. d_kv is 64 up to t5-large, 128 above.
constexpr Size kT5[] = {{"small", 512, 2048, 8, 6, 6},
                        {"base", 768, 3072, 12, 12, 12},
                        {"large", 1024, 4096, 16, 24, 24},
                        {"3b", 1024, 16384, 32, 24, 24},
                        {"11b", 1024, 65536, 128, 24, 24}};

// T5 v1.1, and with it Flan-T5, mT5 and UMT5: gated, untied.
constexpr Size kGated[] = {{"small", 512, 1024, 6, 8, 8},
                           {"base", 768, 2048, 12, 12, 12},
                           {"large", 1024, 2816, 16, 24, 24},
                           {"xl", 2048, 5120, 32, 24, 24},
                           {"xxl", 4096, 10240, 64, 24, 24}};

// ByT5 (Xue et al. 2022, table 1): a deep encoder, a shallow decoder.
constexpr Size kBytes[] = {{"small", 1472, 3584, 6, 12, 4},
                           {"base", 1536, 3968, 12, 18, 6},
                           {"large", 1536, 3840, 16, 36, 12},
                           {"xl", 2560, 6720, 32, 36, 12},
                           {"xxl", 4672, 12352, 64, 36, 12}};

Config shape(const Size& size) {
  Config config;
  config.d_model = size.d_model;
  config.d_ff = size.d_ff;
  config.num_heads = size.heads;
  config.num_layers = size.encoder_layers;
  config.num_decoder_layers = size.decoder_layers;
  return config;
}

Config gated_shape(const Size& size, const std::string& type, int64_t vocabulary) {
  Config config = shape(size);
  config.model_type = type;
  config.vocab_size = vocabulary;
  config.gated = true;
  config.activation = Activation::kGelu;
  config.tie_word_embeddings = config.scale_decoder_outputs = false;
  return config;
}

// One that trains in a minute on a laptop.
Config laptop_shape(int64_t d_model, int64_t d_ff, int64_t heads) {
  Config config = shape({"", d_model, d_ff, heads, 2, 2});
  config.d_kv = d_model / heads;
  config.vocab_size = 0;  // that of the tokenizer it is made for
  return config;
}

std::map<std::string, Config> make_presets() {
  std::map<std::string, Config> presets;
  presets["tiny"] = laptop_shape(64, 128, 4);
  presets["mini"] = laptop_shape(128, 512, 4);
  for (const Size& size : kT5) {
    Config& config = presets[std::string("t5-") + size.name] = shape(size);
    if (config.num_heads >= 32) config.d_kv = 128;
  }
  for (const Size& size : kGated) {
    std::string name = size.name;
    presets["t5-v1_1-" + name] = gated_shape(size, "t5", 32128);
    presets["flan-t5-" + name] = gated_shape(size, "t5", 32128);
    presets["mt5-" + name] = gated_shape(size, "mt5", 250112);
    if (name != "large") presets["umt5-" + name] = gated_shape(size, "umt5", 256384);
  }
  for (const Size& size : kBytes)
    presets[std::string("byt5-") + size.name] = gated_shape(size, "t5", 384);
  return presets;
}

const std::map<std::string, Config>& presets() {
  static const std::map<std::string, Config> all = make_presets();
  return all;
}

}  // namespace

int64_t parameter_count(const Config& c) {
  // exercise 12-decoder/parameter-count — every matrix of every layer, and what is shared once
  int64_t attention = 4 * c.d_model * (c.num_heads * c.d_kv);     // q, k, v, o
  int64_t feed_forward = (c.gated ? 3 : 2) * c.d_model * c.d_ff;  // wi (wi_0, wi_1), wo
  int64_t norm = c.d_model;
  int64_t encoder_block = attention + feed_forward + 2 * norm;
  int64_t decoder_block = 2 * attention + feed_forward + 3 * norm;
  int64_t bias = c.relative_attention_num_buckets * c.num_heads;
  int64_t biases = c.bias_in_every_layer() ? c.num_layers + c.num_decoder_layers : 2;
  int64_t embeddings = (c.tie_word_embeddings ? 1 : 2) * c.vocab_size * c.d_model;
  return embeddings + c.num_layers * encoder_block + c.num_decoder_layers * decoder_block +
         biases * bias + 2 * norm;
  // end exercise
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [name, config] : presets()) names.push_back(name);
  return names;
}

Config preset_config(const std::string& name) {
  auto found = presets().find(name);
  if (found == presets().end())
    fail("preset: '{}' is not one of {}", name, fmt::join(preset_names(), ", "));
  return found->second;
}

}  // namespace t5
