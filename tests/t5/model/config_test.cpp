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
                         "c.json: eos_token_id: expected an integer from -1 to 32127, found 40000",
                         Error);
    CHECK(config_of({{"eos_token_id", -1}}).eos_token_id == -1);
    CHECK(config_of({{"eos_token_id", {-1, 5}}}).eos_token_id == 5);
  }

  TEST_CASE("a text begins with decoder_start_token_id, else bos_token_id, else pad_token_id") {
    auto start = [](const Json& json, const Json& generation = Json::object()) {
      auto file = std::make_shared<const JsonObject>(generation, "g.json");
      return read_config(JsonObject(json, "c.json"), file).decoder_start_token_id;
    };
    CHECK(start({{"bos_token_id", 9}}) == 9);
    CHECK(start({{"bos_token_id", {9}}, {"decoder_start_token_id", nullptr}}) == 9);
    CHECK(start({{"bos_token_id", 9}, {"decoder_start_token_id", {3}}}) == 3);
    CHECK(start({{"bos_token_id", -1}, {"pad_token_id", 2}}) == 2);
    CHECK(start({{"pad_token_id", -1}}) == 0);
    CHECK(start({{"pad_token_id", nullptr}}) == 0);
    // Where config.json is silent, generation_config.json is asked.
    CHECK(start({{"bos_token_id", 9}}, {{"decoder_start_token_id", 4}}) == 4);
    CHECK(start({{"pad_token_id", 2}}, {{"bos_token_id", 4}}) == 4);
    CHECK(start({{"decoder_start_token_id", 3}}, {{"decoder_start_token_id", 4}}) == 3);
    CHECK_THROWS_WITH_AS(start({{"decoder_start_token_id", {3, 4}}}),
                         "c.json: decoder_start_token_id: 2 ids, one for each text of a batch; "
                         "give one for all",
                         Error);
  }

  TEST_CASE("a config's text is its file's, with what has changed since in place of what was") {
    const Json file = {{"architectures", {"T5WithLMHeadModel"}},
                       {"d_model", 16},
                       {"eos_token_id", {1, 5}},
                       {"num_decoder_layers", nullptr},
                       {"torch_dtype", "bfloat16"},
                       {"num_beams", 4},
                       {"task_specific_params", {{"t", {{"prefix", "t: "}, {"mine", {1, 2}}}}}},
                       {"license_of_ours", {{"name", "x"}, {"year", 2024}}}};
    Config config = config_of(file);
    Json text = parse_json(config_text(config), "text");
    for (const auto& [key, value] : file.items())
      if (key != "architectures") CHECK_MESSAGE(text[key] == value, key);
    CHECK(text["architectures"] == Json{"T5ForConditionalGeneration"});
    CHECK(text["num_layers"] == 6);  // what was left out is said
    config.vocab_size = 500;
    config.eos_token_id = 2;
    text = parse_json(config_text(config, "float32"), "text");
    CHECK(text["vocab_size"] == 500);
    CHECK(text["eos_token_id"] == 2);
    CHECK(text["dtype"] == "float32");
    CHECK(!text.contains("torch_dtype"));
    CHECK(text["license_of_ours"] == file["license_of_ours"]);
    Config again = config_of(text);
    CHECK(config_text(again) == config_text(config, "float32"));
  }

  TEST_CASE("another head takes its labels with it and leaves what nobody here knows") {
    Config config = config_of({{"mine", 7}, {"d_model", 16}});
    config.head = &task_head("sequence-classification");
    config.labels = {"good", "bad"};
    Json text = parse_json(config_text(config), "text");
    CHECK(text["mine"] == 7);
    CHECK(text["id2label"] == Json{{"0", "good"}, {"1", "bad"}});
    text["problem_type"] = "single_label_classification";
    Config back = config_of(text);
    back.head = &language_model();
    text = parse_json(config_text(back), "text");
    CHECK(text["mine"] == 7);
    for (const char* key : {"id2label", "label2id", "classifier_dropout", "problem_type"})
      CHECK_MESSAGE(!text.contains(key), key);
  }
}

}  // namespace t5
