// What a user can get wrong: one clear line on stderr, the right exit status, nothing half-written.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "t5/files/safetensors.h"
#include "tests/t5/cli/workspace.h"

using t5::test::Run;
using t5::test::Workspace;

namespace {

struct Case {
  std::string command;
  int status;
  std::string says;  // a part of the one line on stderr
};

void check_all(const std::vector<Case>& cases) {
  auto& w = Workspace::instance();
  for (const Case& c : cases) {
    INFO(c.command);
    Run run = w.shell(c.command);
    INFO(run.err);
    CHECK(run.status == c.status);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    CHECK(run.err.starts_with("t5: "));
    CHECK(run.err.find(c.says) != std::string::npos);
  }
}

const std::string kTrain = "$T5 train --model model --max-steps 1 --quiet --output bad --train ";

// A safetensors file with this header and `bytes` bytes of data.
std::string safetensors(const std::string& header, size_t bytes) {
  uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(bytes, '\0');
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("training data: each mistake is named with file, line, value and remedy") {
    auto& w = Workspace::instance();
    w.write("empty.tsv", "");
    w.write("one-field.tsv", "a\tb\nno tab here\n");
    w.write("three-fields.tsv", "a\tb\tc\n");
    w.write("latin1.tsv", "caf\xe9\tcoffee\n");
    w.write("blank-line.tsv", "a\tb\n\nc\td\n");
    w.write("no-target.tsv", "a\t\n");
    w.write("bad.jsonl", "{\"inputs\": \"a\"}\n");
    check_all({
        {kTrain + "absent.tsv", 1, "absent.tsv"},
        {kTrain + "empty.tsv", 1, "empty.tsv"},
        {kTrain + ".", 1, "directory"},
        {kTrain + "one-field.tsv", 1, "one-field.tsv:2: expected 2 tab-separated fields, found 1"},
        {kTrain + "three-fields.tsv", 1,
         "three-fields.tsv:1: expected 2 tab-separated fields, found 3"},
        {kTrain + "latin1.tsv", 1, "latin1.tsv:1: not valid UTF-8"},
        {kTrain + "blank-line.tsv", 1, "blank-line.tsv:2"},
        {kTrain + "no-target.tsv", 1, "no-target.tsv:1"},
        {kTrain + "bad.jsonl", 1, "bad.jsonl:1"},
    });
    CHECK_FALSE(w.exists("bad/model.safetensors"));
  }

  TEST_CASE("batches by tokens: an example that fits into none, two sizes, text to pretrain on") {
    auto& w = Workspace::instance();
    std::string longest = "a";
    for (int i = 0; i < 200; ++i) longest += " house";
    w.write("long.tsv", "a\tb\n" + longest + "\tb\n");
    check_all({
        {kTrain + "long.tsv --tokens-per-batch 50", 1, "long.tsv:2: the example has "},
        {kTrain + "long.tsv --tokens-per-batch 50", 1, "--tokens-per-batch allows 50"},
        {kTrain + "train.tsv --tokens-per-batch 50 --batch-size 8", 2,
         "--batch-size excludes --tokens-per-batch"},
        {kTrain + "train.tsv --tokens-per-batch 0", 2, "--tokens-per-batch"},
        {"$T5 pretrain --model model --train train.tsv --output bad --tokens-per-batch 500", 2,
         "--tokens-per-batch"},
    });
    CHECK_FALSE(w.exists("bad/model.safetensors"));
  }

  TEST_CASE("a loss that becomes NaN stops with the step and the remedy, the checkpoint kept") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "$T5 train --model model --train train.tsv --output nan --optim sgd "
        "--learning-rate 100000 --max-grad-norm 0 --max-steps 50 --save-steps 1 --quiet");
    CHECK(run.status == 1);
    CHECK(run.err.find("lower --learning-rate (now 100000)") != std::string::npos);
    CHECK(w.exists("nan/checkpoint.safetensors"));
  }

  TEST_CASE("an earlier run in --output is not overwritten") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("$T5 train --model model --train train.tsv --output once --max-steps 2 --quiet")
                .status == 0);
    std::string before = w.read("once/model.safetensors");
    check_all(
        {{"$T5 train --model model --train train.tsv --output once --max-steps 3 --quiet", 1,
          "--resume"},
         {"$T5 new --preset tiny --tokenizer tokenizer --output once", 1, "once: already holds"}});
    CHECK(w.read("once/model.safetensors") == before);
  }

  TEST_CASE("a full disk while saving: one line, the old files whole, no temporary left") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("$T5 train --model model --train train.tsv --output full "
                    "--max-steps 2 --quiet")
                .status == 0);
    std::string before = w.read("full/checkpoint.safetensors");
    Run run = w.shell(
        "trap '' XFSZ; ulimit -f 100; $T5 train --model model --train train.tsv "
        "--output full --max-steps 4 --resume --quiet");
    CHECK(run.status == 1);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    CHECK(w.read("full/checkpoint.safetensors") == before);
    CHECK(w.shell("ls full | grep -c tmp").out == "0\n");
  }
}

TEST_SUITE("program") {
  TEST_CASE("model directories: foreign and damaged files are named, never loaded") {
    auto& w = Workspace::instance();
    auto with_weights = [&](const std::string& name, const std::string& bytes) {
      w.shell("rm -rf " + name + "; mkdir " + name + "; cp model/*.json model/spiece.model " +
              name);
      w.write(name + "/model.safetensors", bytes);
    };
    auto with_config = [&](const std::string& name, const std::string& from,
                           const std::string& to) {
      w.shell("rm -rf " + name + "; cp -r model " + name + "; sed 's/" + from + "/" + to +
              "/' model/config.json > " + name + "/config.json");
    };
    std::string whole = w.read("model/model.safetensors");
    with_weights("cut", whole.substr(0, whole.size() / 2));
    with_weights("huge-header", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
    with_weights("overlap", safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                        R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                        12));
    with_weights("range",
                 safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,800]}})", 8));
    with_weights(
        "dtype",
        safetensors(R"({"shared.weight":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8));
    with_weights("missing",
                 safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8));
    with_config("layers", "\"num_layers\": 2", "\"num_layers\": 1");
    with_config("more", "\"num_layers\": 2", "\"num_layers\": 3");
    with_config("absurd", "\"d_model\": 64", "\"d_model\": 99999999999");
    with_config("negative", "\"d_ff\": 128", "\"d_ff\": -3");
    with_config("rows", "\"vocab_size\": 400", "\"vocab_size\": 300");
    auto inspect = [](const std::string& name) { return "$T5 inspect " + name; };
    check_all({
        {inspect("absent"), 1, "absent"},
        {inspect("train.tsv"), 1, "train.tsv"},
        {inspect("cut"), 1, "model.safetensors"},
        {inspect("huge-header"), 1, "header"},
        {inspect("overlap"), 1, "overlap"},
        {inspect("range"), 1, "model.safetensors"},
        {inspect("dtype"), 1, "shared.weight"},
        {inspect("missing"), 1, "shared.weight is missing"},
        {inspect("layers"), 1, "belongs to no layer"},
        {inspect("more"), 1, "encoder.block.2"},
        {inspect("absurd"), 1, "d_model"},
        {inspect("negative"), 1, "d_ff: expected an integer from 1"},
        {inspect("rows"), 1, "the config asks for (300, 64)"},
    });
  }

  TEST_CASE("a vocabulary that does not fit the model or the corpus is refused") {
    auto& w = Workspace::instance();
    w.write("small.txt", "a b c\na b d\n");
    w.shell("$T5 new --preset tiny --vocab-size 64 --output narrow; cp tokenizer/* narrow");
    check_all({
        {"echo a | $T5 generate --model narrow", 1, "the tokenizer has 400 ids, the model 64 rows"},
        {"$T5 tokenizer train --train small.txt --vocab-size 5000 --output t", 1, "vocab"},
        {"$T5 new --preset tiny --output nothing", 1, "--tokenizer or --vocab-size"},
        {"$T5 new --preset huge --output nothing", 1, "'huge' is not one of"},
    });
    CHECK_FALSE(w.exists("t/spiece.model"));
    CHECK_FALSE(w.exists("nothing/config.json"));
  }

  TEST_CASE("convert never overwrites a model, and names what cannot be read or written") {
    auto& w = Workspace::instance();
    std::string before = w.read("model/model.safetensors");
    check_all({
        {"$T5 convert --model model --dtype bfloat16 --output model", 1, "model: already holds"},
        {"$T5 convert --model absent --output x", 1, "absent"},
        {"$T5 convert --model model --output /proc/x", 1, "/proc/x"},
    });
    CHECK(w.read("model/model.safetensors") == before);
    CHECK_FALSE(w.exists("x"));
  }

  TEST_CASE("weights that are no numbers: every command that uses them names the tensor") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("rm -rf diverged half && cp -r model diverged && cut -f1 test.tsv > lines.txt")
                .status == 0);
    std::string bytes = w.read("model/model.safetensors");
    auto file = t5::SafetensorsFile::open(w.path("model/model.safetensors"));
    const t5::TensorEntry* wo = file.find("encoder.block.0.layer.1.DenseReluDense.wo.weight");
    auto at = reinterpret_cast<const char*>(wo->data) -
              reinterpret_cast<const char*>(file.file()->data());
    w.write("diverged/model.safetensors", bytes.replace(at + 4, 4, "\xff\xff\xff\x7f", 4));
    const std::string says = "encoder.block.0.layer.1.DenseReluDense.wo.weight holds NaN at (0, 1)";
    std::vector<Case> cases;
    for (const char* command :
         {"generate --model diverged < lines.txt",
          "generate --num-beams 2 --model diverged < lines.txt",
          "generate --do-sample --model diverged < lines.txt",
          "generate --json --model diverged < lines.txt", "embed --model diverged < lines.txt",
          "score --model diverged --data test.tsv",
          "evaluate --model diverged --data test.tsv --metrics exact_match",
          "evaluate --model diverged --data test.tsv --metrics loss",
          "train --model diverged --train test.tsv --output half --max-steps 1",
          "new --model diverged --head question-answering --output half",
          "convert --model diverged --output half --dtype int8"})
      cases.push_back({std::string("$T5 ") + command, 1, says});
    check_all(cases);
    CHECK_FALSE(w.exists("half/model.safetensors"));
    CHECK(w.shell("$T5 inspect diverged").status == 0);  // to look at what is there
  }

  TEST_CASE("wrong usage exits with 2 and points at --help") {
    check_all({
        {"$T5", 2, "--help"},
        {"$T5 nonsense", 2, "nonsense"},
        {"$T5 info --nonsense", 2, "--nonsense"},
        {"$T5 train --model model --train train.tsv", 2, "--output"},
        {"$T5 train --model model --train train.tsv --output x --max-steps -5", 2, "--max-steps"},
        {"$T5 train --model model --train train.tsv --output x --optim lion", 2, "--optim"},
        {"$T5 generate --model model --max-new-tokens 0", 2, "--max-new-tokens"},
        {"$T5 evaluate --model model --data test.tsv --metrics wer", 2, "--metrics"},
        {"$T5 new --output x", 2, "one of --preset, --config and --model"},
        {"$T5 convert --model model", 2, "--output"},
        {"$T5 diff --script --model model", 2, "--model excludes --script"},
        {"$T5 diff --script --states x", 2, "--states excludes --script"},
        {"$T5 verify model", 2, "--answers"},
        {"$T5 verify model --answers nowhere.json", 1, "nowhere.json"},
        {"$T5 convert --model model --output x --dtype int4", 2, "--dtype"},
        {"$T5 convert --model model --output x --max-shard-size 5", 2, "such as 5GB"},
        {"$T5 convert --model model --output x --max-shard-size -5GB", 2, "such as 5GB"},
    });
  }

  TEST_CASE("an option that would do nothing is refused with the one that it needs") {
    auto& w = Workspace::instance();
    std::string pretrain =
        "$T5 pretrain --model model --train train.tsv --output idle --max-steps 1 ";
    check_all({
        {kTrain + "train.tsv --early-stopping-patience 1", 2,
         "--early-stopping-patience requires --validation"},
        {kTrain + "train.tsv --eval-steps 5", 2, "--eval-steps requires --validation"},
        {pretrain + "--early-stopping-patience 1", 2, "requires --validation"},
        {pretrain + "--objective prefix-lm --noise-density 0.3", 2,
         "--noise-density has no effect"},
        {pretrain + "--objective prefix-lm --mean-noise-span-length 4", 2,
         "--mean-noise-span-length has no effect"},
    });
    CHECK_FALSE(w.exists("idle"));
    auto note = [&](const std::string& options) {
      return w.shell("echo 5 1 | $T5 generate --ids --model model --max-new-tokens 2 " + options)
          .err;
    };
    CHECK(note("--top-p 0.5 --seed 3") ==
          "t5: note: --top-p has no effect without --do-sample\n"
          "t5: note: --seed has no effect without --do-sample\n");
    CHECK(note("--top-p 0.5 --seed 3 --quiet") == "");
    CHECK(note("--top-p 0.5 --seed 3 --do-sample") == "");
  }

  TEST_CASE("standard input: what is not UTF-8 or not an id is named with its line") {
    check_all({
        {"printf 'fine\\n\\377\\n' | $T5 generate --model model", 1,
         "standard input:2: not valid UTF-8"},
        {"echo '5 x' | $T5 generate --model model --ids", 1, "'x' is not an id"},
        {"echo '5 999999' | $T5 generate --model model --ids", 1, "'999999' is not an id"},
        {"echo '' | $T5 generate --model model --ids", 1, "no ids"},
        {"echo a | $T5 generate --model model --max-new-tokens 1 >&-", 1, "standard output"},
    });
  }
}
