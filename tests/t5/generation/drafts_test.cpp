// Drafts change nothing but the time.
#include "t5/generation/drafts.h"

#include "t5/generation/generate.h"
#include "tensor/parallel.h"
#include "tests/support.h"
#include "tests/t5/fixtures/fixture_model.h"

namespace t5 {
namespace {

using namespace testing;

// Wide enough that products of a few rows are a row's own to the bit, and that a copy in int8 pays.
std::unique_ptr<Model> large_model(bool gated) {
  Config config;
  config.d_model = 512;
  config.d_kv = 64;
  config.num_heads = 8;
  config.d_ff = 2048;
  config.num_layers = 1;
  config.num_decoder_layers = 3;
  config.vocab_size = 300;
  config.gated = gated;
  if (gated) config.activation = Activation::kGelu;
  config.tie_word_embeddings = config.scale_decoder_outputs = !gated;
  return make_model(config, 7);
}

GenerationOptions without_drafts(GenerationOptions options) {
  options.prompt_lookup_num_tokens = options.num_assistant_tokens = 0;
  return options;
}

// What a generator says token by token, and in the end.
struct Told {
  Ids told;
  std::vector<Generated> outputs;
};
Told generate_alone(const Model& model, const Ids& input, const GenerationOptions& options) {
  Told told;
  Generator generator(model);
  auto listen = [&](int64_t, Id token) { told.told.push_back(token); };
  generator.generate(std::vector<Ids>(3, input), options);  // the draft model is made by now
  told.outputs = generator.generate_scored({input}, options, listen);
  return told;
}

void check_same(const Model& model, GenerationOptions options) {
  options.batch_size = 1;
  Ids input{40, 7, 8, 9, 10, 11, 12, 13, 99, 1};
  Told plain = generate_alone(model, input, without_drafts(options));
  Told drafted = generate_alone(model, input, options);
  CHECK(drafted.outputs[0].ids == plain.outputs[0].ids);
  CHECK(drafted.outputs[0].score == plain.outputs[0].score);
  CHECK(drafted.told == plain.told);
}

}  // namespace

TEST_SUITE("generation") {
  TEST_CASE("copied_draft: what followed the last tokens, where they stood last") {
    Ids input{5, 6, 7, 8, 9, 6, 7, 20, 21};
    CHECK(copied_draft(input, Ids{0, 6, 7}, 3) == Ids{20, 21, 0});
    CHECK(copied_draft(input, Ids{0, 6, 7}, 1) == Ids{20});
    CHECK(copied_draft(input, Ids{5, 6, 7}, 2) == Ids{8, 9});  // three tokens before two
    CHECK(copied_draft(input, Ids{8, 9}, 9) == Ids{6, 7, 20, 21, 8, 9});
    CHECK(copied_draft(input, Ids{0, 30, 31, 32, 30, 31}, 2) == Ids{32, 30});  // of the output
    CHECK(copied_draft(input, Ids{4, 4, 4}, 2) == Ids{4});  // what it has, and no more
    CHECK(copied_draft(input, Ids{0, 7}, 2) == Ids{});      // one token says too little
    CHECK(copied_draft(input, Ids{0}, 2) == Ids{});
    CHECK(copied_draft({}, Ids{}, 2) == Ids{});
  }

  TEST_CASE("draft length: more where guesses hold, none where they fail") {
    DraftLength good(0.35, 0.1), bad(0.35, 0.1), dear(1, 0.1);
    CHECK(good.next(15) > 0);
    CHECK(dear.next(15) == 0);  // a guess that costs a pass gains nothing
    for (int i = 0; i < 20; ++i) {
      good.count(4, 4);
      bad.count(4, 0);
    }
    CHECK(good.next(15) == 15);
    CHECK(good.next(3) == 3);
    CHECK(bad.next(15) == 0);
    // p = 1/2 and 0.45 a guess: (1 + 1/2) / 1.45 is the best there is; 1.75 / 1.9 is less than 1.
    DraftLength half(0.35, 0.1);
    for (int i = 0; i < 100; ++i) half.count(2, 1);
    CHECK(half.next(15) == 1);
  }

  TEST_CASE("a pass over several tokens gives each the bits of a pass over it alone") {
    for (bool gated : {false, true}) {
      auto model = large_model(gated);
      Ids input{40, 7, 8, 9, 1}, tokens{0, 5, 6, 7, 250, 9, 9, 11, 30, 31, 32, 33, 34, 35, 36, 37};
      Segments source({5});
      DecoderState one = model->start(input, source), many = model->start(input, source);
      Tensor together = model->step(tokens, Segments({16}), many);
      for (int64_t i = 0; i < 16; ++i) {
        Tensor alone = model->step({tokens[i]}, Segments({1}), one);
        INFO("gated ", gated, ", token ", i);
        CHECK(identical(together.slice(0, i, i + 1), alone));
      }
    }
  }

  TEST_CASE("greedy search, draws, rules and ends are the same with drafts, to the bit") {
    for (bool gated : {false, true}) {
      auto model = large_model(gated);
      for (GenerationOptions options : std::vector<GenerationOptions>{
               {.max_new_tokens = 90},
               {.max_new_tokens = 1},
               {.max_new_tokens = 2},
               {.max_new_tokens = 60, .do_sample = true, .temperature = 0.3, .seed = 3},
               {.max_new_tokens = 60, .repetition_penalty = 1.3},
               {.max_new_tokens = 60, .no_repeat_ngram_size = 3},
               {.max_new_tokens = 40, .forced_eos_token_id = {1}},
               {.max_new_tokens = 60, .prefix = {7, 8, 9}},
               {.max_new_tokens = 30, .allowed_outputs = {{7, 8, 9, 10, 11, 1}, {7, 8, 40, 1}}},
               {.max_new_tokens = 60, .eos_token_id = {9, 1}},
               {.max_new_tokens = 60, .prompt_lookup_num_tokens = 3, .num_assistant_tokens = 2}}) {
        CAPTURE(options.max_new_tokens);
        check_same(*model, options);
      }
    }
  }

  TEST_CASE("a trained model's copy in int8 guesses what it writes, however it is asked") {
    FixtureModel fixture("t5");
    auto model = fixture.model();
    DraftModel drafts(*model);
    int64_t guessed = 0, right = 0;
    for (const Ids& input : fixture.inputs()) {
      Ids output = generate(*model, {input}, {.max_new_tokens = 8})[0];
      DecoderState state = model->start(input, Segments({std::ssize(input)}));
      DecoderState draft = drafts.start(state);
      auto start = static_cast<Id>(model->config().decoder_start_token_id);
      Ids whole = drafts.guess({start}, std::ssize(output), draft);
      for (size_t i = 0; i < output.size(); ++i) right += whole[i] == output[i];
      guessed += std::ssize(output);
      DecoderState again =
          drafts.start(state);  // in two calls, the second after one was taken back
      if (std::ssize(output) < 4) continue;
      Ids first = drafts.guess({start}, 3, again);
      CHECK(first == Ids{whole[0], whole[1], whole[2]});
      again.truncate(0, 2);
      CHECK(drafts.guess({whole[1], whole[2]}, 1, again) == Ids{whole[3]});
    }
    CHECK(right >= guessed * 9 / 10);
    CHECK_FALSE(DraftModel::pays(*model));
  }

  TEST_CASE("what repeats itself takes fewer passes than tokens") {
    auto model = large_model(false);
    CHECK(DraftModel::pays(*model));
    Ids input{40, 5, 1}, prompt{0}, output;
    for (int i = 0; i < 30; ++i) output.push_back(static_cast<Id>(7 + i % 3));
    Drafts drafts(*model, {}, input, prompt, [] { return nullptr; });
    DecoderState state = model->start(input, Segments({3}));
    int64_t passes = 0;
    for (size_t at = 0; at + 1 < output.size(); ++passes) {
      Ids draft = drafts.guess(state);
      size_t held = 0;
      while (held < draft.size() && at + held + 1 < output.size() &&
             draft[held] == output[at + held])
        ++held;
      drafts.count(static_cast<int64_t>(held), output[at + held]);
      at += held + 1;
    }
    CHECK(passes <= 12);  // without drafts 29
  }
}

}  // namespace t5
