// Adapters and freezing through the program.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

std::string train_command(const std::string& output, const std::string& extra) {
  return "$T5 train --model model --train train.tsv --output " + output +
         " --max-steps 24 --batch-size 16 --learning-rate 0.01 --dropout-rate 0.1 --save-steps 6 " +
         extra;
}

const std::string kLora = "--peft-type lora --lora-dropout 0.1 --optim adamw --quiet ";

bool says(const Run& run, const std::string& text) { return run.err.find(text) != text.npos; }

}  // namespace

TEST_SUITE("transfer") {
  TEST_CASE("a run with LoRA that is killed again and again ends with the same bytes") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell(train_command("lora-unbroken", kLora)).status == 0);
    // Killed after 0.1, 0.2, 0.3 … seconds, until a run finishes by itself.
    Run run = w.shell("n=0; s=137; while [ $s = 137 ] && [ $n -lt 100 ]; do n=$((n+1)); " +
                      train_command("lora-killed", kLora + "--resume") +
                      "& pid=$!; sleep $((n/10)).$((n%10)); kill -KILL $pid; wait $pid; s=$?; "
                      "done; echo $n; exit $s");
    REQUIRE(run.status == 0);
    MESSAGE("runs until the end: ", run.out);
    for (const char* file : {"/adapter_model.safetensors", "/checkpoint.safetensors"})
      CHECK(w.read(std::string("lora-killed") + file) ==
            w.read(std::string("lora-unbroken") + file));
    CHECK(!w.exists("lora-unbroken/model.safetensors"));
  }

  TEST_CASE("every command takes an adapter, and a merged model says the same") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell(train_command("lora", kLora)).status == 0);
    std::string inputs = "cut -f1 test.tsv | head -n 5 | $T5 generate --max-new-tokens 8 --model ";
    Run with = w.shell(inputs + "model --adapter lora");
    REQUIRE(with.status == 0);
    CHECK(with.out != w.shell(inputs + "model").out);
    CHECK(w.shell(inputs + "model --adapter mine=lora").out == with.out);
    REQUIRE(w.shell("$T5 convert --model model --adapter lora --output lora-merged").status == 0);
    CHECK(w.shell(inputs + "lora-merged").out == with.out);
    auto loss = [&](const std::string& model) {
      Run run = w.shell("$T5 evaluate --json --data test.tsv --model " + model);
      REQUIRE(run.status == 0);
      return JsonObject(parse_json(run.out, "answer"), "answer").number("loss", 0, 100);
    };
    CHECK(loss("model --adapter lora") == doctest::Approx(loss("lora-merged")).epsilon(1e-4));
    CHECK(w.shell("$T5 score --data test.tsv --model model --adapter lora").status == 0);
  }

  TEST_CASE("adapters and patterns that do not fit are refused in one line; nothing is written") {
    auto& w = Workspace::instance();
    struct Case {
      const char *options, *says;
      int status;
    };
    for (const Case& c : {
             Case{"--peft-type lora --lora-r 0", "--lora-r", 2},
             Case{"--peft-type dora", "--peft-type", 2},
             Case{"--lora-r 4", "--peft-type", 2},
             Case{"--freeze 'encoder.*' --peft-type lora", "--freeze", 2},
             Case{"--peft-type lora --target-modules query", "no linear layer is called query", 1},
             Case{"--freeze encoder", "no parameter's whole name matches 'encoder'", 1},
             Case{"--freeze '('", "'(' is not a regular expression", 1},
             Case{"--freeze '.*'", "nothing is left to train", 1},
             Case{"--adapter nowhere", "nowhere: holds no adapter_config.json", 1},
         }) {
      INFO(c.options);
      Run run = w.shell(train_command("refused", c.options));
      CHECK(run.status == c.status);
      CHECK(says(run, c.says));
      CHECK(!w.exists("refused"));
    }
  }

  TEST_CASE("Adafactor on a LoRA makes a note, Adam does not") {
    auto& w = Workspace::instance();
    Run run = w.shell(train_command("lora-noted", "--peft-type lora"));
    CHECK(run.status == 0);
    CHECK(says(run, "parameters are trained"));
    CHECK(says(run, "Adafactor hardly moves a lora"));
    run = w.shell(train_command("lora-adam", "--peft-type lora --optim adamw"));
    CHECK(!says(run, "Adafactor"));
  }
}
