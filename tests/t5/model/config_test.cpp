// config.json as transformers understands it: the classes' own defaults, lists, old keys.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "t5/model/config.h"
#include "tensor/error.h"

namespace t5 {
namespace {

Config config_of(const Json& values) { return read_config(JsonObject(values, "c.json")); }

}  // namespace

TEST_SUITE("files") {
  // The numbers are those of T5Config, MT5Config and UMT5Config in transformers 5.23.
  TEST_CASE("what config.json leaves out has the default of its class") {
    for (const Json& json : {Json::object(), Json{{"model_type", "t5"}}}) {
      Config t5 = config_of(json);
      CHECK(t5.vocab_size == 32128);
      CHECK(t5.d_model == 512);
      CHECK(t5.d_kv == 64);
      CHECK(t5.d_ff == 2048);
      CHECK(t5.num_layers == 6);
      CHECK(t5.num_decoder_layers == 6);
      CHECK(t5.num_heads == 8);
      CHECK(t5.activation == Activation::kRelu);
      CHECK(!t5.gated);
      CHECK(t5.scale_decoder_outputs);
    }
    for (const char* type : {"mt5", "umt5"}) {
      CAPTURE(type);
      Config config = config_of({{"model_type", type}});
      CHECK(config.vocab_size == 250112);
      CHECK(config.d_model == 512);
      CHECK(config.d_kv == 64);
      CHECK(config.d_ff == 1024);
      CHECK(config.num_layers == 8);
      CHECK(config.num_decoder_layers == 8);
      CHECK(config.num_heads == 6);
      CHECK(config.activation == Activation::kGelu);
      CHECK(config.gated);
      CHECK(!config.scale_decoder_outputs);
      CHECK(!config_of({{"model_type", type}, {"feed_forward_proj", "relu"}}).gated);
    }
    for (const char* type : {"t5", "mt5", "umt5"}) {
      CAPTURE(type);
      Config config = config_of({{"model_type", type}});
      CHECK(config.relative_attention_num_buckets == 32);
      CHECK(config.relative_attention_max_distance == 128);
      CHECK(config.dropout_rate == 0.1);
      CHECK(config.layer_norm_epsilon == 1e-6);
      CHECK(config.pad_token_id == 0);
      CHECK(config.eos_token_id == 1);
      CHECK(config.decoder_start_token_id == 0);
      config = config_of({{"model_type", type}, {"num_layers", 3}});
      CHECK(config.num_decoder_layers == 3);  // as deep as the encoder, not as the class
    }
  }

  TEST_CASE(
      "eos_token_id may be a list, of which the first ends a text; an empty one says nothing") {
    CHECK(config_of({{"eos_token_id", {5, 1}}}).eos_token_id == 5);
    CHECK(config_of({{"eos_token_id", Json::array()}}).eos_token_id == 1);
    CHECK(config_of({{"eos_token_id", nullptr}}).eos_token_id == 1);
    CHECK_THROWS_WITH_AS(config_of({{"eos_token_id", {40000}}}),
                         "c.json: eos_token_id: expected an integer from 0 to 32127, found 40000",
                         Error);
  }
}

}  // namespace t5
