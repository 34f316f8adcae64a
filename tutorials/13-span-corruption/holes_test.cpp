// What the demo of chapter 13 measures: hidden tokens alone, and with other inputs.
#include "tutorials/13-span-corruption/holes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace t5;
using namespace t5::tutorial;

namespace {

const Markers kMarkers{{50, 49, 48}, 1};

// Sixty examples, more than are computed at a time, each of two spans.
std::vector<TokenPair> some_pairs() {
  Random random(1);
  auto word = [&] { return static_cast<Id>(2 + random.below(40)); };
  std::vector<TokenPair> pairs;
  for (int i = 0; i < 60; ++i)
    pairs.push_back({{word(), 50, word(), 49, 1}, {50, word(), word(), 49, word(), 1}});
  return pairs;
}

}  // namespace

TEST_SUITE("13-span-corruption") {
  TEST_CASE("holes: the loss and the share are those of labels that are neither sentinel nor eos") {
    Config config = preset_config("tiny");
    config.vocab_size = 51;
    auto model = make_model(config, 2);
    std::vector<TokenPair> pairs = some_pairs();
    Holes holes = guess_holes(*model, pairs, kMarkers);
    Batch batch = make_batch(pairs, config);
    for (Id& label : batch.labels)
      if (label >= 48 || label == 1) label = kIgnoredLabel;
    NoGrad no_grad;
    CHECK(std::abs(holes.loss - model->loss(batch).item()) < 1e-4);
    Tensor logits = model->forward(batch).value();
    double right = 0;
    for (int64_t row = 0; row < logits.dim(0); ++row) {
      const real* scores = logits.data() + row * 51;
      right += std::max_element(scores, scores + 51) - scores == batch.labels[row];
    }
    CHECK(holes.share == right / 180);  // three hidden tokens each
  }

  TEST_CASE("holes: each target meets the input of the next example, the last one the first's") {
    std::vector<TokenPair> pairs = some_pairs(), wrong = with_wrong_inputs(pairs);
    for (size_t i = 0; i < pairs.size(); ++i) {
      CHECK(wrong[i].target == pairs[i].target);
      CHECK(wrong[i].input == pairs[(i + 1) % pairs.size()].input);
    }
  }
}
