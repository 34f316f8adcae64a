// A model measured on a file: against the calls that the measures are made of.
#include "t5/metrics/evaluate_file.h"

#include <doctest/doctest.h>

#include <cmath>

#include "t5/generation/generate.h"
#include "t5/train/evaluate.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

namespace {

TaskOptions at_most(int64_t tokens) { return {"", {.max_new_tokens = tokens}}; }

}  // namespace

TEST_SUITE("metrics") {
  TEST_CASE("a file is measured by what the model writes and by the true prefix, in any order") {
    TextModel model{small_model(), nullptr};
    std::vector<TokenPair> pairs = reversals(4, 5);
    std::vector<Ids> inputs;
    for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
    std::vector<Ids> outputs = generate(*model.model, inputs, {.max_new_tokens = 6});
    std::string file;
    for (int64_t i = 0; i < 4; ++i) {
      pairs[i].target = i == 2 ? Ids{7, 1} : outputs[i];  // three of four are what it writes
      file += model.write(pairs[i].input) + "\t" + model.write(pairs[i].target) + " \n";
    }
    TemporaryDirectory directory;
    std::string path = directory.file("pairs.tsv", file);
    auto all = evaluate_file(model, path, {.batch_size = 3, .request = at_most(6)});
    Evaluation forced = evaluate(*model.model, pairs, 3);
    REQUIRE(all.size() == 3);
    CHECK(all[0] == std::pair<std::string, double>("exact_match", 0.75));
    CHECK(all[1] == std::pair<std::string, double>("token_accuracy", forced.token_accuracy));
    CHECK(all[2] == std::pair<std::string, double>("loss", forced.loss));
    auto two = evaluate_file(
        model, path, {.metrics = {"loss", "exact_match"}, .batch_size = 3, .request = at_most(1)});
    CHECK(two[0] == all[2]);
    CHECK(two[1] == std::pair<std::string, double>("exact_match", 0));  // one token is too few
  }

  TEST_CASE("what is computed from the loss: perplexity, and the bits of a byte of text") {
    TextModel model{small_model(), nullptr};
    TemporaryDirectory directory;
    std::string path = directory.file("pairs.tsv", "5 1\t6 1\n");
    auto scores = evaluate_file(model, path, {.metrics = {"perplexity", "loss"}});
    CHECK(scores[0].second == doctest::Approx(std::exp(scores[1].second)));
    CHECK(error_of([&] { evaluate_file(model, path, {.metrics = {"bits_per_byte"}}); }) ==
          "evaluate: bits_per_byte counts the bytes of texts; token ids have none");
  }

  TEST_CASE("a metric that is not known is named with those that are") {
    TextModel model{small_model(), nullptr};
    TemporaryDirectory directory;
    std::string path = directory.file("pairs.tsv", "5 1\t6 1\n");
    std::string error = error_of([&] { evaluate_file(model, path, {.metrics = {"wer"}}); });
    CHECK_MESSAGE(error.starts_with("there is no metric 'wer'; there are bleu, chrf, ter,"), error);
  }
}
