// The decoder with a state: tokens in runs, rows that join and leave, prefixes.
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::unique_ptr<Model> model_of(const std::string& variant) {
  return load_model("tests/fixtures/models/" + variant);
}

}  // namespace

TEST_SUITE("16-generation") {
  TEST_CASE("stack: the states of new tokens are those rows of the whole pass") {
    for (const char* variant : {"t5", "t5-v1_1", "umt5"}) {
      auto model = model_of(variant);
      const int64_t width = model->config().d_model;
      Random random(2);
      Ids inputs, tokens;
      for (int i = 0; i < 11; ++i) inputs.push_back(static_cast<Id>(2 + random.below(60)));
      for (int i = 0; i < 60; ++i) tokens.push_back(static_cast<Id>(2 + random.below(60)));
      Segments targets({30, 30}), sources({4, 7});
      NoGrad no_grad;
      Tensor whole =
          model->decode(tokens, targets, model->encode(inputs, sources), sources).value();
      DecoderState state = model->start(inputs, sources);
      // One token a row; runs of several; rows that are ahead of others; tokens taken back.
      std::vector<std::vector<int64_t>> passes{{1, 1}, {1, 1}, {5, 5}, {1, 9}, {12, 1}, {1, 1}};
      for (int64_t pass = 0; pass < std::ssize(passes); ++pass) {
        if (pass == 4) state.truncate(1, 9);
        Ids news;
        std::vector<Tensor> expected;
        for (int64_t b = 0; b < 2; ++b) {
          int64_t first = 30 * b + state.length(b), last = first + passes[pass][b];
          news.insert(news.end(), tokens.begin() + first, tokens.begin() + last);
          expected.push_back(whole.slice(0, first, last));
        }
        Tensor states = model->step(news, Segments(passes[pass]), state);
        INFO(variant, ", pass ", pass, " over two rows; where it goes wrong from pass 1 on only,",
             " suspect the distances that the position bias is made for");
        REQUIRE(states.dim(1) == width);
        REQUIRE(difference(states, concatenate(expected, 0), 1e-4) == "");
      }
      CHECK(state.length(0) == 21);
      CHECK(state.length(1) == 11);
    }
  }

  TEST_CASE("rows join while others are written, and leave, and nobody notices") {
    auto model = model_of("t5");
    NoGrad no_grad;
    Ids first{3, 9, 20, 1}, second{8, 1}, tokens{0, 7, 40, 12};
    auto whole = [&](const Ids& input) {
      Segments source({std::ssize(input)});
      return model->decode(tokens, Segments({4}), model->encode(input, source), source).value();
    };
    DecoderState state = model->start(first, Segments({4}));
    model->step({0, 7}, Segments({2}), state);
    model->join(second, Segments({2}), state);
    REQUIRE(state.rows() == 2);
    Tensor y = model->step({40, 0, 7, 40}, Segments({1, 3}), state);
    CHECK(difference(y.slice(0, 0, 1), whole(first).slice(0, 2, 3), 1e-4) == "");
    CHECK(difference(y.slice(0, 1, 4), whole(second).slice(0, 0, 3), 1e-4) == "");
    state.reorder({1});
    y = model->step({12}, Segments({1}), state);
    CHECK(difference(y, whole(second).slice(0, 3, 4), 1e-4) == "");
  }

  TEST_CASE("a prefix of any length: what would have been written had it been chosen") {
    auto model = model_of("t5");
    Ids input{5, 9, 33, 1};
    GenerationOptions options;
    options.max_new_tokens = 12;
    options.suppress_tokens = {1};  // an end
    Ids made = generate(*model, {input}, options)[0];
    REQUIRE(made.size() == 12);
    for (int64_t beams : {1, 3}) {
      options.prefix = {made.begin(), made.begin() + 5};
      options.max_new_tokens = 12 - 5;
      options.num_beams = beams;
      Ids rest = generate(*model, {input}, options)[0];
      if (beams == 1) CHECK(rest == Ids(made.begin() + 5, made.end()));
      CHECK(generate(*model, {input, {8, 1}}, options)[0] == rest);
    }
  }

  TEST_CASE("with the cache or by running the whole prefix again: the same tokens") {
    auto model = model_of("mt5");
    Ids input = {5, 9, 33, 1}, made;
    GenerationOptions options;
    options.max_new_tokens = 15;
    NoGrad no_grad;
    while (made.size() < 15 && (made.empty() || made.back() != 1)) {
      Ids target = made;
      target.push_back(1);
      std::vector<TokenPair> pair = {{input, target}};
      Tensor logits = model->forward(make_batch(pair, model->config())).value();
      made.push_back(argmax(logits).back());
    }
    CHECK(generate(*model, {input}, options)[0] == made);
  }
}
