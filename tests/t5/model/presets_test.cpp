// How many numbers a model of a shape learns.
#include "tests/t5/fixtures/fixture_model.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("12-decoder") {
  TEST_CASE("parameter count: the published sizes, to the last number") {
    // Recomputed from the published checkpoints, tensor by tensor.
    CHECK(parameter_count(preset_config("t5-small")) == 60'506'624);
    CHECK(parameter_count(preset_config("t5-v1_1-small")) == 76'961'152);
    CHECK(parameter_count(preset_config("flan-t5-small")) == 76'961'152);
    CHECK(parameter_count(preset_config("mt5-small")) == 300'176'768);
    CHECK(parameter_count(preset_config("byt5-small")) == 299'637'760);
  }

  TEST_CASE("parameter count: what a model of that shape really holds") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureModel fixture(variant);
      Config config = fixture.config();
      auto model = fixture.model();
      config.tie_word_embeddings = model->tied();  // transformers 5 writes true in any case
      CHECK(parameter_count(config) == model->parameters().element_count());
    }
    for (bool gated : {false, true})
      for (const char* type : {"t5", "umt5"}) {
        Config config = preset_config("tiny");
        config.vocab_size = 10;
        config.num_decoder_layers = 3;
        config.gated = gated;
        config.model_type = type;
        INFO(type, gated ? ", gated" : "");
        CHECK(parameter_count(config) == make_model(config, 1)->parameters().element_count());
      }
  }
}
