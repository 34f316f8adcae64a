// t5 pretrain through the program: it learns, resumes to the same bytes, names what is wrong.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

// The workspace with its corpus as plain text: text.txt, held-out.txt.
Workspace& with_text() {
  auto& w = Workspace::instance();
  if (!w.exists("text.txt"))
    w.shell("cut -f2 train.tsv > text.txt; cut -f2 valid.tsv | head -n 200 > held-out.txt");
  return w;
}

std::string pretrain_command(const std::string& output, const std::string& extra = "") {
  return "$T5 pretrain --model model --train text.txt --validation held-out.txt --output " +
         output + " --max-steps 30 --batch-size 8 --inputs-length 32 --learning-rate 0.02 " +
         "--eval-steps 12 --save-steps 10 --quiet " + extra;
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("pretraining: the same seed gives the same bytes; seed and objective change them") {
    auto& w = with_text();
    REQUIRE(w.shell(pretrain_command("pre1")).status == 0);
    REQUIRE(w.shell(pretrain_command("pre2")).status == 0);
    REQUIRE(w.shell(pretrain_command("pre3", "--seed 7")).status == 0);
    REQUIRE(w.shell(pretrain_command("pre4", "--objective prefix-lm")).status == 0);
    REQUIRE(w.shell(pretrain_command("pre5", "--objective iid-denoising")).status == 0);
    std::string bytes = w.read("pre1/model.safetensors");
    CHECK(bytes == w.read("pre2/model.safetensors"));
    for (const char* other : {"pre3", "pre4", "pre5"})
      CHECK(bytes != w.read(std::string(other) + "/model.safetensors"));
  }

  TEST_CASE("pretraining: stopped and resumed in any epoch, it ends with the same bytes") {
    auto& w = with_text();
    w.shell("head -n 60 text.txt > few.txt");  // some twenty chunks: an epoch is three steps
    std::string steps =
        "$T5 pretrain --model model --train few.txt --batch-size 8 --inputs-length 32 "
        "--learning-rate 0.02 --quiet --output ";
    REQUIRE(w.shell(steps + "pre-through --max-steps 12").status == 0);
    for (int stop : {1, 4, 7, 11}) {
      std::string name = "pre-stop" + std::to_string(stop);
      REQUIRE(w.shell(steps + name + " --max-steps " + std::to_string(stop)).status == 0);
      REQUIRE(w.shell(steps + name + " --max-steps 12 --resume").status == 0);
      CHECK(w.read(name + "/model.safetensors") == w.read("pre-through/model.safetensors"));
    }
  }

  TEST_CASE("pretraining: a tiny model learns to fill in") {
    auto& w = with_text();
    Run run = w.shell(
        "$T5 pretrain --model model --train text.txt --validation held-out.txt --output filled "
        "--max-steps 300 --inputs-length 32 --learning-rate 0.05 --warmup-steps 30 "
        "--lr-scheduler-type linear --dropout-rate 0 --quiet --json");
    REQUIRE(run.status == 0);
    Json result = parse_json(run.out, "result");
    CHECK(result["best_validation_loss"].get<double>() < 4.0);  // 6.0 before training
    CHECK(w.read("filled/loss.svg").find("<svg") != std::string::npos);
    CHECK(w.shell("$T5 inspect filled").status == 0);
  }

  TEST_CASE("pretraining: each mistake is one line that names it") {
    auto& w = with_text();
    w.write("nothing.txt", "\n\n");
    w.write("latin1.txt", "un\ncaf\xe9\n");
    w.shell("gzip -c text.txt | head -c 1000 > cut.gz");
    w.shell("$T5 new --model model --head sequence-classification --labels a,b --output labels");
    struct Case {
      std::string command;
      int status;
      std::string says;
    };
    std::string start = "$T5 pretrain --model model --output no --max-steps 1 --quiet --train ";
    for (const Case& c : {
             Case{start + "absent.txt", 1, "absent.txt"},
             {start + "nothing.txt", 1, "nothing.txt: there is no text in it"},
             {start + "latin1.txt", 1, "latin1.txt:2: not valid UTF-8"},
             {start + "text.txt --inputs-length 4096", 1, "shorten the inputs"},
             {start + "text.txt --inputs-length 2", 2, "--inputs-length"},
             {start + "text.txt --noise-density 1", 2, "--noise-density"},
             {start + "text.txt --objective cloze", 2, "--objective"},
             {start + "text.txt --objective bert --mean-noise-span-length 2", 2, "no effect"},
             {start + "text.txt --objective lm --noise-density 0.3", 2, "no effect"},
             {start + "cut.gz", 1, "cut.gz: ends in the middle of its packed data"},
             {start + "text.txt --cache-dir /proc/no", 1, "--cache-dir names another place"},
             {"$T5 pretrain --model model --train text.txt", 2, "--output"},
             {"$T5 pretrain --model labels --train text.txt --output no --quiet", 1,
              "needs a language model"},
         }) {
      INFO(c.command);
      Run run = w.shell(c.command);
      INFO(run.err);
      CHECK(run.status == c.status);
      CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
      CHECK(run.err.find(c.says) != std::string::npos);
    }
    CHECK_FALSE(w.exists("no/model.safetensors"));
  }
}

TEST_SUITE("program") {
  TEST_CASE("pretraining: packed text, and text whose tokens are kept, give the same bytes") {
    auto& w = with_text();
    w.shell("gzip -k text.txt");
    std::string few = "$T5 pretrain --model model --max-steps 4 --inputs-length 32 --quiet ";
    REQUIRE(w.shell(few + "--train text.txt --output kept0").status == 0);
    for (const char* data :
         {"text.txt.gz --output kept1", "text.txt --cache-dir c --output kept2",
          "text.txt.gz --cache-dir c --output kept3", "text.txt --cache-dir c --output kept4"})
      REQUIRE(w.shell(few + "--train " + data).status == 0);
    for (const char* output : {"kept1", "kept2", "kept3", "kept4"})
      CHECK(w.read(std::string(output) + "/model.safetensors") ==
            w.read("kept0/model.safetensors"));
  }
}
