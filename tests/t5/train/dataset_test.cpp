// Files of pairs and of text as what a model is trained on.
#include "t5/train/dataset.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "t5/train/pretraining.h"
#include "tests/support.h"
#include "tests/t5/files/packed.h"
#include "tests/t5/files/temporary_directory.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;
using doctest::Contains;

namespace {

TextModel with_bytes(const TaskHead* head = &task_head("language-model")) {
  Config config = preset_config("tiny");
  auto tokenizer = make_byte_tokenizer(10);
  config.vocab_size = tokenizer->vocab_size();
  config.head = head;
  if (head != &task_head("language-model")) config.labels = {"good", "bad"};
  return {make_model(config, 1), std::move(tokenizer)};
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("pairs: files one after the other, as the model's head wants them") {
    TemporaryDirectory directory;
    std::string a = directory.file("a.tsv", "ab\tgood\nc\tbad\n"),
                b = directory.file("b.jsonl", R"({"inputs": "d", "targets": "bad"})");
    auto pairs = read_pairs({a, b}, with_bytes(&task_head("sequence-classification")));
    REQUIRE(pairs.size() == 3);
    CHECK(pairs[0].input == Ids{100, 101, 1});
    CHECK(pairs[0].target == Ids{0});
    CHECK(pairs[2].input == Ids{103, 1});
    CHECK(pairs[2].target == Ids{1});
    CHECK(read_pairs({b}, with_bytes())[0].target == Ids{101, 100, 103, 1});
    CHECK(read_pairs({}, with_bytes()).empty());
  }

  TEST_CASE("pairs of ids are taken as they are") {
    TemporaryDirectory directory;
    TextModel ids{with_bytes().model, nullptr};
    auto pairs = read_pairs({directory.file("ids.tsv", "5 6\t7 1\n")}, ids);
    CHECK(pairs[0].input == Ids{5, 6});
    CHECK(pairs[0].target == Ids{7, 1});
  }

  TEST_CASE("pairs: an error names the file and the line, also where text is ids") {
    TemporaryDirectory directory;
    std::string good = directory.file("good.tsv", "a\tgood\n"),
                file = directory.file("b.tsv", "a\tgood\na\tworse\n");
    TextModel labels = with_bytes(&task_head("sequence-classification")),
              ids{with_bytes().model, nullptr};
    CHECK_THROWS_WITH(read_pairs({good, file}, labels),
                      Contains((file + ":2: target 'worse' is not").c_str()));
    file = directory.file("ids.tsv", "5\t6\n5\t6\n5\tx\n");
    CHECK_THROWS_WITH(read_pairs({file}, ids), Contains((file + ":3: 'x' is not an id").c_str()));
  }

  TEST_CASE("pairs: with a budget an example may fill a batch, and no more") {
    TemporaryDirectory directory;
    std::string file = directory.file("a.tsv", "a\tb\nabc\tabcd\n");  // 4 and 9 tokens
    CHECK(read_pairs({file}, with_bytes(), 9).size() == 2);
    CHECK_THROWS_WITH(read_pairs({file}, with_bytes(), 8),
                      Contains((file + ":2: the example has 9 tokens").c_str()));
  }

  TEST_CASE("pairs tokenised when they are asked for are those that are held") {
    TemporaryDirectory directory;
    std::string text;
    for (int i = 0; i < 6000; ++i) text += fmt::format("input {}\ttarget {}\n", i, i * i);
    std::string a = directory.file("a.tsv", text),
                b = directory.file("b.jsonl.gz", gzip(R"({"inputs": "d", "targets": "bad"})"));
    TextModel model = with_bytes();
    Cache cache(directory / "cache");
    auto held = read_pairs({a, b}, model);
    TrainingSet made = read_training_pairs({a, b}, model, 0, cache);
    REQUIRE(made.size() == std::ssize(held));
    CHECK(made.same_in_every_epoch());
    for (int64_t i = 0; i < made.size(); ++i) {
      REQUIRE(made.example(i, i).input == held[i].input);
      REQUIRE(made.example(i, i).target == held[i].target);
    }
    CHECK(made.fingerprint() != read_training_pairs({b, a}, model, 0, cache).fingerprint());

    auto refusal = [&](const std::string& file, const TextModel& of, int64_t budget) {
      return error_of([&] { read_training_pairs({a, file}, of, budget, cache); });
    };
    std::string bad = directory.file("bad.tsv", "a\tb\na\n");
    CHECK(refusal(bad, model, 0) == bad + ":2: expected 2 tab-separated fields, found 1");
    bad = directory.file("none.tsv", "");
    CHECK(refusal(bad, model, 0) == bad + ": the file is empty; expected one example a line");
    bad = directory.file("long.tsv", fmt::format("a\t{:b>90}\n", ""));
    CHECK(refusal(bad, model, 60).find(bad + ":1: the example has 93 tokens") != std::string::npos);
    TextModel labels = with_bytes(&task_head("sequence-classification"));
    CHECK(refusal(bad, labels, 0).find(a + ":1: target 'target 0' is not") != std::string::npos);
  }

  TEST_CASE("training asks for each example once in an epoch, and says in which") {
    auto pairs = reversals(10, 1);
    std::mutex guard;
    std::map<std::pair<int64_t, int64_t>, int> asked;
    auto make = [&](int64_t index, int64_t epoch) {
      std::lock_guard lock(guard);
      ++asked[{index, epoch}];
      return pairs[index];
    };
    auto model = small_model();
    TrainOptions options{.max_steps = 6, .batch_size = 3, .gradient_accumulation_steps = 2};
    train(*model, TrainingSet(10, make, ""), {}, options);  // four batches an epoch
    CHECK(asked.size() == 30);
    for (int64_t epoch = 0; epoch < 3; ++epoch)
      for (int64_t i = 0; i < 10; ++i) CHECK(asked[{i, epoch}] == 1);
  }

  TEST_CASE("text to pretrain on: chunks that fill an input, with the options as settings") {
    TemporaryDirectory directory;
    std::string file = directory.file("a.txt", fmt::format("{:a>60}\n{:b>40}", "", ""));
    auto tokenizer = make_byte_tokenizer(100);
    PretrainOptions options{.inputs_length = 32};
    TrainingSet set = read_text({file}, *tokenizer, options, 3);
    int64_t length = chunk_lengths(32, options.noise).tokens;
    CHECK(set.size() == (100 + length - 1) / length);
    CHECK(std::ssize(set.example(0, 0).input) <= 32);
    CHECK(set.example(0, 0).input != set.example(0, 1).input);
    CHECK(set.example(0, 0).input != read_text({file}, *tokenizer, options, 4).example(0, 0).input);
    CHECK(set.settings() ==
          "objective=span-corruption noise_density=0.15 mean_noise_span_length=3 inputs_length=32 "
          "sentinels=published");
    CHECK(set.example(0, 0).target.front() == 258);  // as ByT5 was pretrained
    options.sentinels = "tokenizer";
    CHECK(read_text({file}, *tokenizer, options, 3).example(0, 0).target.front() == 259);
    options.objective = "prefix-lm";
    CHECK(read_text({file}, *tokenizer, options, 3).size() == 4);  // 100 tokens in chunks of 32
    CHECK(read_text({file, file}, *tokenizer, options, 3).size() == 7);
    CHECK(read_text({}, *tokenizer, options, 3).examples(0).empty());
    file = directory.file("empty.txt", "\n\n");
    CHECK_THROWS_WITH(read_text({file}, *tokenizer, options, 3),
                      Contains((file + ": there is no text in it").c_str()));
  }

  TEST_CASE("text whose tokens are kept gives the examples of text that is held") {
    TemporaryDirectory directory;
    std::string text;
    for (int i = 0; i < 3000; ++i) text += fmt::format("document {} — {}\n\n", i, i * i);
    std::string a = directory.file("a.txt", text), b = directory.file("b.txt", "the end");
    save_byte_tokenizer(directory / "bytes", 100);
    auto tokenizer = load_tokenizer(directory / "bytes");
    PretrainOptions held{.inputs_length = 32}, kept = held;
    kept.tokenizer_dir = directory / "bytes";
    kept.cache = Cache(directory / "cache");
    for (const char* objective : {"span-corruption", "prefix-lm"}) {
      held.objective = kept.objective = objective;
      TrainingSet x = read_text({a, b, a}, *tokenizer, held, 3),
                  y = read_text({a, b, a}, *tokenizer, kept, 3);
      REQUIRE(x.size() == y.size());
      for (int64_t epoch : {0, 1})
        for (int64_t i = 0; i < x.size(); ++i) {
          REQUIRE(x.example(i, epoch).input == y.example(i, epoch).input);
          REQUIRE(x.example(i, epoch).target == y.example(i, epoch).target);
        }
    }
    auto cached = [&] { return std::filesystem::directory_iterator(directory / "cache"); };
    CHECK(std::distance(cached(), {}) == 2);

    TrainingSet before = read_text({a}, *tokenizer, kept, 3);
    for (const auto& file : cached()) std::filesystem::resize_file(file, 40);
    CHECK(read_text({a}, *tokenizer, kept, 3).fingerprint() == before.fingerprint());
    directory.file("a.txt", text + "more");
    CHECK(read_text({a}, *tokenizer, kept, 3).fingerprint() != before.fingerprint());
    save_byte_tokenizer(directory / "bytes", 90);  // another tokenizer
    read_text({a}, *load_tokenizer(directory / "bytes"), kept, 3);
    CHECK(std::distance(cached(), {}) == 3);

    std::string empty = directory.file("empty.txt", "\n\n");
    CHECK_THROWS_WITH(read_text({empty}, *tokenizer, kept, 3),
                      Contains((empty + ": there is no text in it").c_str()));
    CHECK(std::distance(cached(), {}) == 3);  // of what is refused, nothing is kept
  }
}
