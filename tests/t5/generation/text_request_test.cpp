// What is asked of a generation in text, and text that grows.
#include "t5/generation/text_request.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

// A model of bytes whose directory has these files; an empty one stands for none.
TextModel with_bytes(const Json& file = Json::object(), const Json& generation = Json()) {
  Config config = preset_config("tiny");
  auto tokenizer = make_byte_tokenizer(0);
  config.vocab_size = tokenizer->vocab_size();
  config.file = std::make_shared<JsonObject>(file, "config.json");
  if (!generation.is_null())
    config.generation_file = std::make_shared<JsonObject>(generation, "generation_config.json");
  return {make_model(config, 1), std::move(tokenizer)};
}

Ids bytes(const std::string& text) { return make_byte_tokenizer(0)->encode_without_eos(text); }

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("a request: the settings win over the task, the task over the directory's own") {
    TextModel model =
        with_bytes({{"task_specific_params",
                     {{"say", {{"prefix", "say: "}, {"max_length", 6}, {"top_k", 4}}}}}},
                   {{"num_beams", 2}, {"max_length", 5}, {"top_k", 3}});
    TextRequest request;
    request.task = "say";
    request.settings = {{"top_k", "7"}};
    TaskOptions task = read_request(request, model);
    CHECK(task.before == "say: ");
    CHECK(task.options.num_beams == 2);
    CHECK(task.options.max_length == 6);
    CHECK(task.options.top_k == 7);
    CHECK(origin_lines(task.options, model.config()) ==
          std::vector<std::string>{
              "decoder_start_token_id 0 (config.json)", "eos_token_id 1 (config.json)",
              "max_length 6 (config.json: task_specific_params: say)",
              "num_beams 2 (generation_config.json)", "top_k 7 (command line)"});
  }

  TEST_CASE("settings of the command line that do nothing are told, with what they need") {
    auto told = [](std::map<std::string, std::string> given, GenerationOptions options = {}) {
      apply_settings(given, options);
      std::string text;
      for (const auto& [name, why] : idle_settings(given, options)) text += name + " " + why + "; ";
      return text;
    };
    CHECK(told({{"temperature", "0.5"}}) == "temperature without --do-sample; ");
    CHECK(told({{"temperature", "0.5"}, {"do_sample", "true"}}) == "");
    CHECK(told({{"temperature", "0.5"}}, {.do_sample = true}) == "");  // as the model's file says
    CHECK(told({{"top_k", "3"}, {"top_p", "0.5"}, {"min_p", "0.1"}, {"typical_p", "0.5"}}) ==
          "top_k without --do-sample; top_p without --do-sample; min_p without --do-sample; "
          "typical_p without --do-sample; ");
    CHECK(told({{"top_k", "50"}, {"length_penalty", "1"}}) == "");  // what they are anyway
    CHECK(told({{"length_penalty", "2"}, {"early_stopping", "true"}}) ==
          "length_penalty without --num-beams above 1; "
          "early_stopping without --num-beams above 1; ");
    CHECK(told({{"length_penalty", "2"}, {"num_beams", "2"}}) == "");
    CHECK(told({{"max_length", "9"}, {"max_new_tokens", "5"}}) ==
          "max_length beside --max-new-tokens; ");
    CHECK(told({{"forced_bos_token_id", "9"}}, {.prefix = {5}}) ==
          "forced_bos_token_id beside --prefix; ");
    CHECK(told({{"repetition_penalty", "2"}, {"min_length", "3"}, {"max_length", "9"}}) == "");
    CHECK(told({}, {.length_penalty = 2, .temperature = 0.5}) == "");  // nobody gave them
  }

  TEST_CASE("a request: prefix and bad words without eos, allowed outputs with one") {
    TemporaryDirectory directory;
    TextModel model = with_bytes();
    TextRequest request;
    request.prefix = "ab";
    request.bad_words = {"c", "de"};
    request.allowed = directory.file("allowed.txt", "yes\nno\n");
    GenerationOptions options = read_request(request, model).options;
    CHECK(options.prefix == bytes("ab"));
    CHECK(options.bad_words_ids == std::vector<Ids>{bytes("c"), bytes("de")});
    Ids yes = bytes("yes"), no = bytes("no");
    yes.push_back(1);
    no.push_back(1);
    CHECK(options.allowed_outputs == std::vector<Ids>{yes, no});
    request.settings = {{"eos_token_id", "9"}};
    CHECK(read_request(request, model).options.allowed_outputs[1].back() == 9);
    request.settings = {{"eos_token_id", "-1"}};
    CHECK(error_of([&] { read_request(request, model); }) ==
          request.allowed + ": allowed outputs need an end; give --eos-token-id");
  }

  TEST_CASE("a request: mistakes in the allowed outputs are named with their line") {
    TemporaryDirectory directory;
    TextModel ids{with_bytes().model, nullptr};
    TextRequest request;
    request.allowed = directory.file("allowed.txt", "5 6\n5 x\n");
    auto refusal = [&] { return error_of([&] { read_request(request, ids); }); };
    CHECK(refusal().starts_with(request.allowed + ":2: 'x' is not an id"));
    request.allowed = directory.file("allowed.txt", "");
    CHECK(refusal() == request.allowed + ": no allowed outputs");
  }

  TEST_CASE("growing text: what is new adds up to the text, and the next output begins anew") {
    TextModel model = with_bytes();
    GrowingText growing(model);
    for (const std::string text : {"un café noir", "un autre"}) {
      Ids ids = bytes(text);
      std::string shown;
      for (size_t i = 0; i + 2 < ids.size(); ++i) shown += growing.add(ids[i]);
      CHECK(shown == text.substr(0, text.size() - 2));
      CHECK(growing.finish(ids) == text.substr(text.size() - 2));
    }
  }

  TEST_CASE("growing text: a replaced character at the end waits, since it may be half of one") {
    TextModel model = with_bytes();
    GrowingText growing(model);
    const std::string replaced = "\xef\xbf\xbd";
    Ids ids = bytes("a" + replaced + "b");
    CHECK(growing.add(ids[0]) == "a");
    for (size_t i = 1; i < 4; ++i) CHECK(growing.add(ids[i]) == "");
    CHECK(growing.add(ids[4]) == replaced + "b");
  }
}
