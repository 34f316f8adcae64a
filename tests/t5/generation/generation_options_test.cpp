// Where the options of a generation come from: a directory's files, in transformers' order.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "t5/files/atomic_file.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
using testing::error_of;

const std::string kModel = "tests/fixtures/models/t5";

GenerationOptions options_of(const Json& values) {
  GenerationOptions options;
  apply_settings(JsonObject(values, "g.json"), options);
  return options;
}

std::string refusal(const Json& values) {
  return error_of([&] { options_of(values); });
}

// A directory with these two files; an empty object stands for none.
GenerationOptions load(const Json& config, const Json& generation) {
  TemporaryDirectory directory;
  write_file(directory / "config.json", config.dump());
  if (!generation.empty()) write_file(directory / "generation_config.json", generation.dump());
  return generation_options(load_config(directory / "."));
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("generation_config.json is the one that counts; without it, config.json") {
    Json config = {{"num_beams", 4}, {"eos_token_id", {1, 7}}, {"d_model", 16}};
    GenerationOptions options = load(config, {{"max_length", 9}});
    CHECK(options.num_beams == 1);
    CHECK(options.max_length == 9);
    CHECK(options.eos_token_id.empty());
    options = load(config, {});
    CHECK(options.num_beams == 4);
    CHECK(options.eos_token_id == Ids{1, 7});
  }

  TEST_CASE("ends and start: one id or a list, null for the model's own") {
    CHECK(options_of({{"eos_token_id", 5}}).eos_token_id == Ids{5});
    CHECK(options_of({{"eos_token_id", {5, 6}}}).eos_token_id == Ids{5, 6});
    CHECK(options_of({{"eos_token_id", nullptr}}).eos_token_id.empty());
    CHECK(options_of({{"decoder_start_token_id", 3}}).decoder_start_token_id == 3);
    CHECK(refusal({{"eos_token_id", "5"}}) ==
          "g.json: eos_token_id: expected an array, found \"5\"");
    CHECK(refusal({{"eos_token_id", {5, -2}}}).find("found -2") != std::string::npos);
  }

  TEST_CASE("an output ends with any of the ends, and begins after the start that was asked for") {
    auto model = load_model(kModel);
    Ids input = {7, 5, 6, 1};
    Ids whole = generate(*model, {input}, {.max_new_tokens = 9})[0];
    REQUIRE(whole.size() > 3);
    for (size_t at : {size_t{0}, size_t{2}}) {
      GenerationOptions options{.max_new_tokens = 9, .eos_token_id = {1, whole[at]}};
      Ids cut = generate(*model, {input}, options)[0];
      CHECK(std::ssize(cut) ==
            std::find(whole.begin(), whole.end(), whole[at]) - whole.begin() + 1);
      CHECK(cut.back() == whole[at]);
    }
    // The start 3 with no prefix is the start 0 with the prefix 3, but for the position.
    CHECK(generate(*model, {input}, {.max_new_tokens = 9, .decoder_start_token_id = 3})[0] !=
          whole);
    CHECK(error_of([&] { generate(*model, {input}, {.eos_token_id = {64}}); }) ==
          "generate: eos_token_id: id 64 is outside the vocabulary of 64");
    CHECK(error_of([&] { generate(*model, {input}, {.decoder_start_token_id = 64}); }) ==
          "generate: decoder_start_token_id: id 64 is outside the vocabulary of 64");
  }

  // What transformers 5.23 does with each; see tests/parity/compare_options.py.
  TEST_CASE("without decoder_start_token_id an output begins after bos_token_id") {
    auto model = load_model(kModel);
    Ids input = {5, 6, 7, 1};
    auto output = [&](const Json& values) {
      GenerationOptions options = options_of(values);
      options.max_new_tokens = 6;
      return generate(*model, {input}, options)[0];
    };
    Ids from_nine = output({{"decoder_start_token_id", 9}});
    const Json nothing = Json::object();
    CHECK(from_nine != output(nothing));
    CHECK(output({{"bos_token_id", 9}}) == from_nine);
    CHECK(output({{"bos_token_id", {9}}}) == from_nine);
    CHECK(output({{"bos_token_id", 9}, {"decoder_start_token_id", nullptr}}) == from_nine);
    CHECK(output({{"bos_token_id", 5}, {"decoder_start_token_id", {9}}}) == from_nine);
    CHECK(output({{"bos_token_id", -1}}) == output(nothing));
    CHECK(refusal({{"decoder_start_token_id", {3, 4}}})
              .starts_with("g.json: decoder_start_token_id: expected an integer"));
    CHECK(error_of([&] {
            output({{"bos_token_id", 64}});
          }) == "generate: decoder_start_token_id: id 64 is outside the vocabulary of 64");
  }

  TEST_CASE("no end: the output goes on to its maximal length") {
    auto model = load_model(kModel);
    Ids input = {5, 6, 7, 1};
    for (const Json& none : {Json(-1), Json{-1}}) {
      GenerationOptions options = options_of({{"eos_token_id", none}, {"max_new_tokens", 9}});
      for (int64_t beams : {1, 3}) {
        options.num_beams = beams;
        options.min_length = 4;  // forbids the ends, of which there are none
        CHECK(generate(*model, {input}, options)[0].size() == 9);
      }
    }
    GenerationOptions both = options_of({{"eos_token_id", {-1, 1}}, {"max_new_tokens", 9}});
    CHECK(generate(*model, {input}, both) ==
          generate(*model, {input}, {.max_new_tokens = 9, .eos_token_id = {1}}));
  }

  TEST_CASE("the first and the last token may be any of a list; of equals the first is taken") {
    auto model = load_model(kModel);
    Ids input = {5, 6, 7, 1};
    GenerationOptions options = options_of({{"forced_bos_token_id", {10, 9}},
                                            {"forced_eos_token_id", {12, 11}},
                                            {"max_new_tokens", 4},
                                            {"eos_token_id", -1}});
    Ids output = generate(*model, {input}, options)[0];
    CHECK(output.front() == 9);
    CHECK(output.back() == 11);
    CHECK(options_of({{"forced_bos_token_id", 9}}).forced_bos_token_id == Ids{9});
    options.forced_bos_token_id = options.forced_eos_token_id = {-1};  // none
    CHECK(generate(*model, {input}, options)[0].front() != 9);
    for (const char* key : {"forced_bos_token_id", "forced_eos_token_id"})
      CHECK(error_of([&] {
              generate(*model, {input}, options_of({{key, {5, 64}}}));
            }) == std::string("generate: ") + key + ": id 64 is outside the vocabulary of 64");
  }

  TEST_CASE("what would make transformers' output another is refused, what would not is ignored") {
    const std::string rest =
        ": is not known here, and the output would not be transformers'; set it to null to "
        "generate without it";
    const Json refused = {{"penalty_alpha", 0.6},
                          {"num_beam_groups", 2},
                          {"guidance_scale", 1.5},
                          {"encoder_repetition_penalty", 0.9},
                          {"renormalize_logits", true},
                          {"sequence_bias", {{{5}, 1.5}}},
                          {"exponential_decay_length_penalty", {5, 1.1}},
                          {"constraints", {1}},
                          {"force_words_ids", {{5}}},
                          {"dola_layers", "high"},
                          {"stop_strings", "."},
                          {"max_time", 1.5},
                          {"token_healing", true},
                          {"watermarking_config", Json::object()}};
    for (const auto& [key, value] : refused.items())
      CHECK(refusal({{key, value}}) == "g.json: " + key + rest);
    for (const Json& harmless :
         {Json{{"penalty_alpha", nullptr}}, Json{{"penalty_alpha", 0.0}},
          Json{{"num_beam_groups", 1}}, Json{{"guidance_scale", 1.0}},
          Json{{"encoder_repetition_penalty", 1.0}}, Json{{"renormalize_logits", false}},
          Json{{"use_cache", true}}, Json{{"num_assistant_tokens", 20}}, Json{{"low_memory", true}},
          Json{{"diversity_penalty", 0.0}}, Json{{"transformers_version", "4.20.0"}}})
      CHECK(refusal(harmless) == "no error");
  }

  TEST_CASE("a filter that is not known matters to sampling alone") {
    auto model = load_model(kModel);
    for (const char* filter : {"top_h", "epsilon_cutoff", "eta_cutoff"}) {
      GenerationOptions options = options_of({{filter, 0.3}});
      CHECK(error_of([&] { generate(*model, {{5, 1}}, options); }) == "no error");
      options.do_sample = true;
      CHECK_THROWS_WITH_AS(generate(*model, {{5, 1}}, options),
                           Contains((std::string("g.json: ") + filter + ": is not known").c_str()),
                           Error);
    }
    // So does a temperature of 0, which some published files have.
    GenerationOptions cold = options_of({{"temperature", 0.0}});
    CHECK(error_of([&] { generate(*model, {{5, 1}}, cold); }) == "no error");
    cold.do_sample = true;
    CHECK_THROWS_WITH_AS(generate(*model, {{5, 1}}, cold), Contains("above 0 to sample"), Error);
  }

  TEST_CASE("beams and sequences are bounded by what they hold; many inputs share the bound") {
    auto model = load_model(kModel);
    GenerationOptions options{.max_new_tokens = 1, .num_beams = 4096};
    CHECK(error_of([&] { generate(*model, {{5, 1}}, options); }) == "no error");
    options.num_beams = 1 << 22;  // a file's are bounded before
    CHECK(error_of([&] {
            generate(*model, {{5, 1}}, options);
          }) ==
          "generate: 4194304 beams or sequences with 64 scores each are more than 134217728 at a "
          "time; ask for fewer");
  }

  TEST_CASE("a command line's lists are numbers between commas, one number is a list too") {
    GenerationOptions options;
    using Given = std::map<std::string, std::string>;
    apply_settings(Given{{"suppress_tokens", "5"}, {"eos_token_id", "1,7"}}, options);
    CHECK(options.suppress_tokens == Ids{5});
    CHECK(options.eos_token_id == Ids{1, 7});
    apply_settings(Given{{"eos_token_id", "3"}}, options);
    CHECK(options.eos_token_id == Ids{3});
  }
}

}  // namespace t5
