// What commands make of texts and vocabularies out of the ordinary.
#include <doctest/doctest.h>

#include <string>

#include "tests/t5/cli/workspace.h"

using t5::test::Run;
using t5::test::Workspace;

namespace {

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++found;
  return found;
}

const std::string kUnknown = "t5: note: 100 % of '今天天气真好' is unknown to this vocabulary";

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("half of a text unknown: every command that reads text says so once, with what helps") {
    auto& w = Workspace::instance();
    w.write("chinese.txt", "The cat sleeps.\n今天天气真好\n今天天气真好吧\n");
    w.write("chinese.tsv", "The cat.\tLe chat.\n今天天气真好\tbon\n今天天气真好吧\tbon\n");
    const std::string text = "--model model < chinese.txt",
                      pairs = "--model model --data chinese.tsv";
    const std::string train = "--model model --max-steps 1 --output notes-";
    for (const std::string& command :
         {"generate --max-new-tokens 2 " + text, "embed " + text, "score " + pairs,
          "evaluate --max-new-tokens 2 " + pairs, "train --train chinese.tsv " + train + "train",
          "pretrain --train chinese.txt " + train + "pretrain"}) {
      CAPTURE(command);
      Run run = w.shell("$T5 " + command);
      CHECK_MESSAGE(run.status == 0, run.err);
      CHECK_MESSAGE(count(run.err, kUnknown) == 1, run.err);
      CHECK(count(run.err, "note: ") == 1);
      CHECK(count(run.err, "ByT5") == 1);
    }
    CHECK(w.shell("$T5 generate --quiet --max-new-tokens 2 " + text).err == "");
    CHECK(w.shell("echo 'The cat 好.' | $T5 generate --max-new-tokens 2 --model model").err == "");
  }

  TEST_CASE("a new model of a preset pads and ends as its tokenizer does") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("mkdir -p bert").status == 0);
    w.write("bert/vocab.txt", "[UNK]\n[CLS]\n[PAD]\n今\n[SEP]\n[MASK]\nextra0\n");
    REQUIRE(w.shell("$T5 new --preset tiny --tokenizer bert --output words").status == 0);
    std::string config = w.read("words/config.json");
    CHECK(config.find("\"eos_token_id\": 4,") != std::string::npos);
    CHECK(config.find("\"pad_token_id\": 2,") != std::string::npos);
    CHECK(config.find("\"decoder_start_token_id\": 2,") != std::string::npos);
    Run run = w.shell("echo 今天 | $T5 tokenizer encode --model words --pieces");
    CHECK_MESSAGE(run.out == "[CLS] 今 [UNK] [SEP]\n", run.err);
  }

  TEST_CASE("pretraining refuses JSON lines, which are no plain text") {
    auto& w = Workspace::instance();
    w.write("pairs.NDJSON", "{\"inputs\": \"a\", \"targets\": \"b\"}\n");
    Run run =
        w.shell("$T5 pretrain --train pairs.NDJSON --model model --max-steps 1 --output none");
    CHECK(run.status == 1);
    CHECK(run.err ==
          "t5: pairs.NDJSON: JSON lines, where plain text is expected, one document a line\n");
    CHECK_FALSE(w.exists("none"));
  }

  TEST_CASE("a very long input is told once, with its tokens; documents of pretraining are cut") {
    auto& w = Workspace::instance();
    std::string line;
    for (int i = 0; i < 12'000; ++i) line += " é";
    w.write("long.txt", line + "\n" + line + "\n");
    Run run = w.shell("$T5 embed --model model < long.txt");
    CHECK(count(run.err, "t5: note: ' é é") == 1);
    CHECK(count(run.err, "tokens; attention takes time with the square of that") == 1);
    run = w.shell(
        "$T5 pretrain --train long.txt --model model --inputs-length 32 --max-steps 1 "
        "--output notes-long");
    CHECK_MESSAGE(run.status == 0, run.err);
    CHECK(count(run.err, "attention") == 0);
  }
}
