// Runs that go on: with other settings, which is said, and after a signal.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/t5/cli/workspace.h"

using t5::test::Run;
using t5::test::Workspace;

namespace {

std::string command(const std::string& output, const std::string& rest) {
  return "$T5 train --model model --train cur.tsv --validation held.tsv --batch-size 4 "
         "--eval-steps 3 --threads 2 --output " +
         output + " " + rest;
}

// Starts a run that would take for ever, sends it signals by `kills` when it has a checkpoint, and
// waits for it.
Run signalled(const std::string& output, const std::string& kills, const std::string& before = "") {
  return Workspace::instance().shell(
      before + "$T5 train --model model --train train.tsv --output " + output +
      " --max-steps 1000000 --save-steps 5 --quiet & pid=$!; "
      "while [ ! -f " +
      output + "/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.05; done; " + kills +
      "; wait $pid");
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE(
      "a resumed run says in one line which settings have changed; without changes, nothing") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("head -n 40 train.tsv > cur.tsv; head -n 20 valid.tsv > held.tsv; "
                    "$T5 new --preset tiny --tokenizer tokenizer --seed 9 --output start9; " +
                    command("origin", "--max-steps 6"))
                .status == 0);
    struct Case {
      std::string before, rest, says;
    };
    for (const Case& c : {
             Case{":", "", ""},
             {"sed 's/\\t/ again\\t/' cur.tsv > x", "--train x", "train "},
             {"sort cur.tsv > x", "--train x", "train "},
             {"head -n 39 cur.tsv > x", "--train x", "examples 40 → 39, train "},
             {"sort -r held.tsv > x", "--validation x", "validation "},
             {":", "--threads 1", "threads 2 → 1"},
             {":", "--seed 7", "seed 42 → 7"},
             {":", "--model start9", "start "},
             {":", "--max-steps 7", "max_steps 6 → 7"},
         }) {
      // The old option is taken out: --train takes several files, the others one.
      std::string now = command("origin-now", "--resume");
      std::string name = c.rest.substr(0, c.rest.find(' '));
      for (std::string old :
           {"--train cur.tsv ", "--validation held.tsv ", "--threads 2 ", "--model model "})
        if (!name.empty() && old.starts_with(name + " ")) now.erase(now.find(old), old.size());
      if (name != "--max-steps") now += " --max-steps 6";
      CAPTURE(c.rest);
      Run run = w.shell(c.before + "; rm -rf origin-now; cp -r origin origin-now; " + now + " " +
                        c.rest + " 2> said; status=$?; grep -a note said; exit $status");
      CAPTURE(run.out);
      CHECK(run.status == 0);
      if (c.says.empty()) {
        CHECK(run.out == "");
      } else {
        CHECK(run.out.starts_with("t5: note: the run so far had other settings, before → now: " +
                                  c.says));
        CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 1);
        CHECK(std::count(run.out.begin(), run.out.end(), ',') ==
              1 + std::count(c.says.begin(), c.says.end(), ','));  // nothing else has
      }
    }
  }

  TEST_CASE("a run that has done more steps than are asked for is refused, and stays as it is") {
    auto& w = Workspace::instance();
    std::string train = "$T5 train --model model --train train.tsv --output done --quiet ";
    REQUIRE(w.shell(train + "--max-steps 6").status == 0);
    std::string bytes = w.read("done/checkpoint.safetensors");
    Run run = w.shell(train + "--max-steps 5 --resume");
    CHECK(run.status == 1);
    CHECK(run.err ==
          "t5: train: the run in done has done 6 steps; raise --max-steps (now 5) to go on\n");
    CHECK(w.read("done/checkpoint.safetensors") == bytes);
  }

  TEST_CASE("--resume where there is nothing to go on from begins, and says so") {
    auto& w = Workspace::instance();
    Run run =
        w.shell("$T5 train --model model --train train.tsv --output begun --max-steps 1 --resume");
    CHECK(run.status == 0);
    CHECK(run.err.find("t5: note: begun holds no checkpoint to go on from") != std::string::npos);
  }

  TEST_CASE("a signal saves and ends with 128 and its number; a terminal that closes is one too") {
    auto& w = Workspace::instance();
    struct Case {
      std::string name;
      int status;
    };
    for (const Case& c : {Case{"INT", 130}, {"TERM", 143}, {"HUP", 129}}) {
      CAPTURE(c.name);
      Run run = signalled("by-" + c.name, "kill -" + c.name + " $pid");
      INFO(run.err);
      CHECK(run.status == c.status);
      CHECK(run.err.starts_with("t5: stopping after this step"));
      CHECK(run.err.find("with --resume goes on") != std::string::npos);
    }
    CHECK(signalled("ignored", "kill -HUP $pid; sleep 0.5; kill -TERM $pid", "trap '' HUP; ")
              .status == 143);  // as under nohup
    CHECK(w.shell("ls by-INT by-TERM by-HUP | grep -c tmp").out == "0\n");
  }

  TEST_CASE("a run that timeout ends, which signals its group as well, is saved") {
    auto& w = Workspace::instance();
    if (w.shell("command -v timeout").status != 0) {
      MESSAGE("skipped: there is no timeout");
      return;
    }
    Run timed = w.shell(
        "timeout 3 $T5 train --model model --train train.tsv --output timed --max-steps 1000000 "
        "--quiet");
    CHECK(timed.status == 124);
    CHECK(timed.err.find("with --resume goes on") != std::string::npos);
  }

  TEST_CASE("a second signal leaves at once") {
    // A step of some seconds: all examples, many times.
    Run run = Workspace::instance().shell(
        "rm -rf slow; $T5 train --model model --train train.tsv --output slow --batch-size 2000 "
        "--gradient-accumulation-steps 200 --max-steps 9 --quiet & pid=$!; "
        "while [ ! -f slow/metrics.jsonl ]; do sleep 0.05; done; sleep 0.5; "
        "kill -INT $pid; sleep 0.5; kill -INT $pid; wait $pid");
    CHECK(run.status == 130);
    CHECK(run.err ==
          "t5: stopping after this step, its validation and a checkpoint; once more leaves at "
          "once\n");
    CHECK_FALSE(Workspace::instance().exists("slow/checkpoint.safetensors"));
  }
}
