// A model with its tokenizer: text in, text out, and what loading them promises.
#include "t5/model/text_model.h"

#include <doctest/doctest.h>

#include "t5/model/directory.h"
#include "t5/train/evaluate.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;
using doctest::Contains;

namespace {

Config byte_config() {
  Config config = preset_config("tiny");
  config.vocab_size = make_byte_tokenizer(0)->vocab_size();
  return config;
}

TextModel with_bytes() { return {make_model(byte_config(), 1), make_byte_tokenizer(0)}; }
TextModel with_ids() { return {make_model(byte_config(), 1), nullptr}; }

const LoadOptions kPredict{.use = Use::kPrediction};

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("text is read with eos, a part of it without, and written on one line") {
    TextModel model = with_bytes();
    CHECK(model.read("ab", "here") == Ids{100, 101, 1});
    CHECK(model.read_part("ab", "here") == Ids{100, 101});
    CHECK(model.write({100, 13, 101, 1}) == "a b");  // 13: a line feed
  }

  TEST_CASE("without a tokenizer text is ids as they are; mistakes are named with their place") {
    TextModel model = with_ids();
    CHECK(model.read(" 5  6 ", "here") == Ids{5, 6});
    CHECK(model.read("5 6 1", "here") == Ids{5, 6, 1});
    CHECK(model.read_part("5 6 1 1", "here") == Ids{5, 6});
    CHECK(model.write({5, 6, 1}) == "5 6 1");
    CHECK(model.read("258", "here") == Ids{258});
    for (const char* wrong : {"259", "-1", "5 x", "5x", "99999999999999999999"})
      CHECK_MESSAGE(error_of([&] { model.read(wrong, "f:3"); }).starts_with("f:3: '"), wrong);
    CHECK(error_of([&] { model.read(" ", "f:3"); }) == "f:3: no ids on this line");
  }

  TEST_CASE("loading: a tokenizer that has too many ids is refused; ids need none at all") {
    TemporaryDirectory directory;
    std::string model = directory / "model";
    save_model(*make_model(byte_config(), 1), model);
    CHECK(load_text_model(model, kPredict, true).tokenizer == nullptr);
    CHECK(error_of([&] { load_text_model(model, kPredict); }).find("no tokenizer here") !=
          std::string::npos);
    save_byte_tokenizer(model, 0);
    CHECK(load_text_model(model, kPredict).read("a", "") == Ids{100, 1});
    save_byte_tokenizer(model, 1);
    CHECK_THROWS_WITH(load_text_model(model, kPredict),
                      Contains("the tokenizer has 260 ids, the model 259"));
  }

  TEST_CASE("loading: weights in fewer bits predict as they are, and become floats when asked") {
    TemporaryDirectory directory;
    std::string model = directory / "model", small = directory / "int8";
    save_model(*make_model(byte_config(), 1), model);
    save_byte_tokenizer(model, 0);
    convert_model(model, small, {.dtype = DType::I8});
    auto loss = [](const TextModel& m) {
      TokenPair pair{m.read("a cat", ""), m.read("un chat", "")};
      return evaluate(*m.model, std::span(&pair, 1), 1).loss;
    };
    double floats = loss(load_text_model(small, {.use = Use::kTraining}));
    CHECK(floats == loss({load_model(small), make_byte_tokenizer(0)}));
    CHECK(floats != loss(load_text_model(small, kPredict)));  // there the states are rounded too
  }

  TEST_CASE("loading: to predict, nothing is trainable; to train, everything is") {
    const std::string model = "tests/fixtures/models/t5";
    CHECK(load_model(model, kPredict)->parameters().trainable().empty());
    auto trained = load_model(model);
    CHECK(trained->parameters().trainable().size() == trained->parameters().all().size());
  }
}
