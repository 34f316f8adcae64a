// The encoder alone, and checkpoints that hold no more than it.

#include "t5/model/embed.h"

#include <doctest/doctest.h>

#include "t5/compare/states.h"
#include "t5/model/directory.h"
#include "t5/model/text_model.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

const std::string kModel = "tests/fixtures/models/t5-gated-silu";

std::unique_ptr<Model> encoder_of(const std::string& directory) {
  Config config = load_config(directory);
  config.head = &task_head("none");
  return load_model(directory, {.config = config});
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("embed: states and their means are those of transformers, in a batch and alone") {
    auto model = encoder_of(kModel);
    CHECK(model->parameters().find("decoder.final_layer_norm.weight") == nullptr);
    CHECK(model->parameters().find("lm_head.weight") == nullptr);
    Dump dump(kModel + "/expected.safetensors", load_config(kModel));
    Batch batch = dump.batch(model->config());
    Tensor expected =
        dump.state("encoder_last_hidden_state", {batch.sources.rows(), model->config().d_model});
    std::vector<Ids> inputs;
    for (int64_t b = 0; b < batch.sources.count(); ++b) {
      auto begin = batch.inputs.begin() + batch.sources.begin(b);
      inputs.emplace_back(begin, begin + batch.sources.length(b));
    }
    auto states = embed(*model, inputs, Pooling::kNone),
         means = embed(*model, inputs, Pooling::kMean);
    for (size_t b = 0; b < inputs.size(); ++b) {
      int64_t begin = batch.sources.begin(b), n = batch.sources.length(b);
      Tensor rows = expected.slice(0, begin, begin + n);
      CHECK(gap(states[b], rows) < kFixture);
      for (int64_t m = 0; m < rows.dim(1); ++m) {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i) sum += rows.at({i, m});
        CHECK(means[b].at({0, m}) == doctest::Approx(sum / static_cast<double>(n)).epsilon(1e-4));
      }
      // Alone: products of other sizes may add in another order.
      CHECK(gap(embed(*model, {inputs[b]}, Pooling::kMean)[0], means[b]) < kSums);
    }
  }

  TEST_CASE("an encoder-only directory is written, read and refuses to decode") {
    TemporaryDirectory folder;
    save_model(*encoder_of(kModel), folder / "encoder");
    auto model = load_model(folder / "encoder");
    CHECK(model->config().head == &task_head("none"));
    CHECK(identical(embed(*model, {{5, 6, 1}}, Pooling::kMean)[0],
                    embed(*encoder_of(kModel), {{5, 6, 1}}, Pooling::kMean)[0]));
    CHECK(error_of([&] {
            model->start({5, 1}, Segments({2}));
          }) == "generate: a model with head none does not write text");
    Config config = model->config();
    config.head = &task_head("language-model");
    CHECK(error_of([&] {
            load_model(folder / "encoder", {.config = config});
          }).find("decoder.final_layer_norm.weight is missing") != std::string::npos);
  }
}
