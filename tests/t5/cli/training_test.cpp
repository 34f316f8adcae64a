// Training through the program: determinism, resume, interrupts, a model that learns.

#include <doctest/doctest.h>
#include <map>
#include <nlohmann/json.hpp>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

// A run of 60 steps that validates and saves on the way; `extra` goes at the end.
std::string train_command(const std::string& output, const std::string& extra = "") {
  return "$T5 train --model model --train train.tsv --validation valid.tsv --output " + output +
         " --max-steps 60 --batch-size 16 --learning-rate 0.02 --warmup-steps 10 "
         "--lr-scheduler-type linear --dropout-rate 0.1 --eval-steps 25 --save-steps 20 --quiet " +
         extra;
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("the same seed gives the same bytes; another seed does not") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell(train_command("same1")).status == 0);
    REQUIRE(w.shell(train_command("same2")).status == 0);
    REQUIRE(w.shell(train_command("seed7", "--seed 7")).status == 0);
    CHECK(w.read("same1/model.safetensors") == w.read("same2/model.safetensors"));
    CHECK(w.read("same1/checkpoint.safetensors") == w.read("same2/checkpoint.safetensors"));
    CHECK(w.read("same1/model.safetensors") != w.read("seed7/model.safetensors"));
  }

  TEST_CASE("a run killed again and again, and resumed, ends with the bytes of one that was not") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell(train_command("unbroken")).status == 0);
    // Killed after 0.2, 0.4, 0.6 … seconds, until a run finishes by itself.
    Run run = w.shell("n=0; s=137; while [ $s = 137 ] && [ $n -lt 100 ]; do n=$((n+2)); " +
                      train_command("killed", "--resume") +
                      "& pid=$!; sleep $((n/10)).$((n%10)); kill -KILL $pid; wait $pid; s=$?; "
                      "done; echo $((n/2)); exit $s");
    REQUIRE(run.status == 0);
    MESSAGE("runs until the end: ", run.out);
    CHECK(w.read("unbroken/model.safetensors") == w.read("killed/model.safetensors"));
    CHECK(w.read("unbroken/checkpoint.safetensors") == w.read("killed/checkpoint.safetensors"));
    CHECK(w.shell("ls killed | grep -c tmp").out == "0\n");
  }

  TEST_CASE("a run stopped at every step and resumed ends with the bytes of one that was not") {
    auto& w = Workspace::instance();
    std::string steps =
        "$T5 train --model model --train train.tsv --batch-size 4 "
        "--learning-rate 0.02 --quiet --output ";
    REQUIRE(w.shell(steps + "through --max-steps 8").status == 0);
    for (int stop = 1; stop < 8; ++stop) {
      std::string name = "stop" + std::to_string(stop);
      REQUIRE(w.shell(steps + name + " --max-steps " + std::to_string(stop)).status == 0);
      REQUIRE(w.shell(steps + name + " --max-steps 8 --resume").status == 0);
      CHECK(w.read(name + "/model.safetensors") == w.read("through/model.safetensors"));
    }
  }

  TEST_CASE(
      "batches by tokens: stopped anywhere and resumed, the run is the same; its settings say so") {
    auto& w = Workspace::instance();
    std::string steps =
        "$T5 train --model model --train train.tsv --tokens-per-batch 300 --save-steps 20 "
        "--learning-rate 0.02 --quiet --output ";
    REQUIRE(w.shell(steps + "cut-through --max-steps 60").status == 0);
    for (int stop : {1, 20, 47}) {
      std::string name = "cut" + std::to_string(stop);
      REQUIRE(w.shell(steps + name + " --max-steps " + std::to_string(stop)).status == 0);
      REQUIRE(w.shell(steps + name + " --max-steps 60 --resume").status == 0);
      CHECK(w.read(name + "/model.safetensors") == w.read("cut-through/model.safetensors"));
      CHECK(w.read(name + "/checkpoint.safetensors") ==
            w.read("cut-through/checkpoint.safetensors"));
    }
    CHECK(w.read("cut-through/checkpoint.safetensors").find(" tokens_per_batch=300\"") !=
          std::string::npos);
    REQUIRE(w.shell(train_command("uncut")).status == 0);
    CHECK(w.read("uncut/checkpoint.safetensors").find("tokens_per_batch") == std::string::npos);
  }

  TEST_CASE("an interrupt saves a whole checkpoint, says how to go on, and exits with 130") {
    auto& w = Workspace::instance();
    Run cut = w.shell(
        "$T5 train --model model --train train.tsv --output stopped --max-steps 100000 "
        "--save-steps 50000 --logging-steps 1 --quiet & pid=$!; "
        "while [ ! -s stopped/metrics.jsonl ] && kill -0 $pid; do sleep 0.05; done; "
        "kill -INT $pid; wait $pid");
    CHECK(cut.status == 130);
    CHECK(cut.err.find("with --resume goes on") != std::string::npos);
    CHECK(w.exists("stopped/checkpoint.safetensors"));
  }

  TEST_CASE("a tiny model learns: the loss falls, the metrics file and the curve are there") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "$T5 train --model model --train train.tsv --validation valid.tsv "
        "--output learned --max-steps 400 --learning-rate 0.05 --warmup-steps 40 "
        "--lr-scheduler-type linear --dropout-rate 0 --quiet --json");
    REQUIRE(run.status == 0);
    Json result = parse_json(run.out, "result");
    CHECK(result["best_validation_loss"].get<double>() < 2.0);  // 5.7 before training
    CHECK(w.read("learned/metrics.jsonl").find("validation_token_accuracy") != std::string::npos);
    CHECK(w.read("learned/loss.svg").find("<svg") != std::string::npos);
  }
}

TEST_SUITE("program") {
  TEST_CASE("--profile: every step's time by op, summing up; the weights are those without it") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell(train_command("unwatched")).status == 0);
    Run run = w.shell(train_command("watched", "--profile --json"));
    REQUIRE(run.status == 0);
    CHECK(w.read("watched/model.safetensors") == w.read("unwatched/model.safetensors"));
    const Json result = parse_json(run.out, "result");
    double share = 0;
    std::map<std::string, Json> lines;
    for (const Json& line : result["profile"]) {
      share += line["share"].get<double>();
      lines[line["name"]] = line;
    }
    CHECK(share == doctest::Approx(1));
    for (std::string name : {"linear, forward", "linear, backward", "attention, backward",
                             "cross_entropy, forward", "adafactor", "batch", "other"})
      CHECK_MESSAGE(lines.contains(name), "no line ", name);
    CHECK(lines["other"]["share"].get<double>() < 0.5);
    CHECK(lines["linear, forward"]["operations_per_second"].get<double>() > 0);
    CHECK(lines["adafactor"]["calls"] == 1);
  }

  TEST_CASE("--gradient-checkpointing is no other run: it can come and go when one is resumed") {
    auto& w = Workspace::instance();
    std::string steps = "$T5 train --model model --train train.tsv --dropout-rate 0.1 --output ";
    REQUIRE(w.shell(steps + "less --max-steps 20 --gradient-checkpointing").status == 0);
    Run run = w.shell(steps + "less --max-steps 20 --resume");
    CHECK(run.status == 0);
    CHECK(run.err.find("other settings") == std::string::npos);
  }

  TEST_CASE("--profile prints a table on standard output, of pretraining too") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "cut -f1 train.tsv > text.txt; $T5 pretrain --model model --train text.txt --output "
        "watched2 "
        "--max-steps 3 --inputs-length 32 --quiet --profile");
    REQUIRE(run.status == 0);
    CHECK(run.out.find("mean of 2 steps") != std::string::npos);
    CHECK(run.out.find("linear, backward") != std::string::npos);
  }

  TEST_CASE("--profile leaves out the first step, also when it is the only one") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "$T5 train --model model --train train.tsv --output watched3 --max-steps 1 --profile");
    CHECK(run.status == 0);
    CHECK(run.out.empty());
    CHECK(run.err.find("--profile leaves out the first step") != std::string::npos);
  }

  TEST_CASE("the README shows the library example as it is built") {
    std::string code = read_file("tutorials/library_example.cpp");
    code = code.substr(code.find("#include"));
    CHECK(read_file("README.md").find("```cpp\n" + code + "```") != std::string::npos);
  }

  TEST_CASE("the library in twenty lines: trains on three pairs and says them") {
    auto& w = Workspace::instance();
    Run run = w.shell("\"$EXAMPLE\" model example && ls example");
    CHECK(run.status == 0);
    CHECK(run.out.find("two is deux\n") != std::string::npos);
    CHECK(run.out.find("model.safetensors") != std::string::npos);
  }
}
