// Tasks and mixtures at the command line.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

// Two tasks over the words of the workspace's vocabulary, and a mixture of them.
Workspace& with_tasks() {
  auto& w = Workspace::instance();
  if (w.exists("mix.json")) return w;
  w.write("moods.tsv", "text\tstars\nThe cat sleeps.\t1\nThe dog sleeps.\t0\n");
  w.write("moods.json",
          R"({"name": "moods", "header": true, "inputs": "mood: {text}", "targets": "{stars}",
              "splits": {"train": "moods.tsv", "validation": "moods.tsv", "test": "moods.tsv"},
              "values": {"stars": {"0": "le chien", "1": "le chat"}}, "metrics": ["accuracy"],
              "generation": {"max_new_tokens": 8}})");
  w.write("copies.json",
          R"({"name": "copies", "header": true, "inputs": "copy: {text}", "targets": "{text}",
              "splits": {"train": "moods.tsv", "validation": "moods.tsv", "test": "moods.tsv"},
              "generation": {"max_new_tokens": 12}})");
  w.write("mix.json",
          R"({"tasks": [{"file": "moods.json"}, {"file": "copies.json"}], "mixing": "equal"})");
  return w;
}

const char* const kTrain =
    "$T5 train --model model --mixture mix.json --max-steps 250 --eval-steps 125 --batch-size 4 "
    "--learning-rate 0.05 --dropout-rate 0 --metric-for-best-model mean --quiet ";

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("a mixture is trained on, validated by task, and answered") {
    auto& w = with_tasks();
    Run trained = w.shell(std::string(kTrain) + "--output mixed");
    INFO(trained.err);
    REQUIRE(trained.status == 0);
    std::string metrics = w.read("mixed/metrics.jsonl");
    for (const char* name : {"\"validation_loss\":", "\"validation_moods/accuracy\":",
                             "\"validation_copies/exact_match\":", "\"validation_mean\":"})
      CHECK(metrics.find(name) != std::string::npos);
    Run table = w.shell("$T5 evaluate --model mixed --mixture mix.json --json");
    std::istringstream lines(table.out);
    std::string first, second;
    std::getline(lines, first);
    std::getline(lines, second);
    Json moods = parse_json(first, "first"), copies = parse_json(second, "second");
    CHECK(moods["task"] == "moods");
    CHECK(moods["accuracy"] == 1.0);
    CHECK(moods["invalid"] == 0.0);
    CHECK(moods["examples"] == 2);
    CHECK(copies["task"] == "copies");
    CHECK(w.shell("echo The cat sleeps. | $T5 generate --model mixed --task moods.json").out ==
          "le chat\n");
    CHECK(w.shell("echo The dog sleeps. | $T5 generate --model mixed --task moods.json").out ==
          "le chien\n");
    // An untrained model answers with what is no label, which counts as wrong.
    Json none =
        parse_json(w.shell("$T5 evaluate --model model --task moods.json --json").out, "untrained");
    CHECK(none["invalid"] == 1.0);
    CHECK(none["accuracy"] == 0.0);
  }

  TEST_CASE("a mixture that is killed and resumed ends with the same bytes") {
    auto& w = with_tasks();
    std::string train =
        "$T5 train --model model --mixture mix.json --max-steps 60 --eval-steps 20 --save-steps 5 "
        "--batch-size 4 --quiet --output ";
    REQUIRE(w.shell(train + "whole-mix").status == 0);
    w.shell(train +
            "half-mix & pid=$!; for i in $(seq 600); do [ -f half-mix/checkpoint.safetensors ] && "
            "break; sleep 0.01; done; kill -9 $pid; wait $pid");
    CHECK(w.exists("half-mix/checkpoint.safetensors"));
    Run resumed = w.shell(train + "half-mix --resume");
    INFO(resumed.err);
    CHECK(resumed.status == 0);
    CHECK(w.read("half-mix/model.safetensors") == w.read("whole-mix/model.safetensors"));
  }

  TEST_CASE("two tasks in twenty lines of C++ are learned") {
    auto& w = Workspace::instance();
    w.write("words.tsv", "cat\tchat\ndog\tchien\nhouse\tmaison\n");
    Run run = w.shell("\"$TASKS\" model words.tsv");
    CHECK(run.status == 0);
    CHECK(run.out == "there: exact_match 1.00\nback: exact_match 1.00\n");
  }

  TEST_CASE("tasks list and tasks show") {
    auto& w = with_tasks();
    Run list = w.shell("$T5 tasks list --json");
    CHECK(list.out.find(R"("name":"mnli")") != std::string::npos);
    Run show = w.shell("$T5 tasks show moods.json --split test --count 1 --model model");
    CHECK(show.out.starts_with("inputs   mood: The cat sleeps.\ntargets  le chat\nids      "));
    CHECK(show.err.find("2 examples, the longest of ") != std::string::npos);
    CHECK(show.err.find("0 inputs above 512 tokens") != std::string::npos);
    w.write("rte.tsv", "sentence1\tsentence2\tlabel\na\tb\t1\n");
    CHECK(w.shell("$T5 tasks show rte --data rte.tsv --quiet").out ==
          "inputs   rte sentence1: a sentence2: b\ntargets  not_entailment\n");
  }

  TEST_CASE("what is wrong about a task is one line, and nothing is written") {
    auto& w = with_tasks();
    const std::string train = "$T5 train --model model --output none ";
    struct Case {
      std::string command;
      int status;
      std::string says;
    };
    for (const Case& c : {
             Case{train, 2, "give --train, or --task or --mixture"},
             {train + "--train train.tsv --task moods.json", 2, "give --train, or --task"},
             {train + "--task moods.json --validation valid.tsv", 2, "--validation goes with"},
             {train + "--task moods.json --mixture mix.json", 2, "--task"},
             {train + "--mixture mix.json --mixing equal", 2, "--task"},
             {train + "--task moods.json moods.json", 1, "two tasks are called moods"},
             {train + "--task mods.json", 1, "mods.json: cannot open"},
             {train + "--task mods", 1, "'mods' is neither a file nor one of cola"},
             {train + "--task cola", 1, "task cola: there is no split train; there are none"},
             {train + "--task moods.json --metric-for-best-model f2", 1,
              "'f2' is not one of loss, token_accuracy, moods/accuracy, mean"},
             {train + "--task moods.json --temperature 0", 2, "--temperature"},
             {train + "--task moods.json --tokens-per-batch 100", 1, "same in every epoch"},
             {"$T5 evaluate --model model", 2, "give --data, or --task or --mixture"},
             {"$T5 evaluate --model model --task moods.json --split dev", 1, "no split dev"},
             {"$T5 evaluate --model model --task moods.json --metrics blue", 2, "blue"},
             {"$T5 tasks show nothing", 1, "'nothing' is neither a file nor one of"},
             {"echo '{' | $T5 generate --model model --task mrpc", 1, "standard input:1"},
         }) {
      CAPTURE(c.command);
      Run run = w.shell(c.command);
      INFO(run.err);
      CHECK(run.status == c.status);
      CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
      CHECK(run.err.find(c.says) != std::string::npos);
      CHECK_FALSE(w.exists("none"));
    }
  }
}
