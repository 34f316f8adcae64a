// Lines in, answers out: when they come, what a bad line costs, what happens to descriptors that
// are closed, full or gone.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "tests/t5/cli/workspace.h"

using t5::test::Run;
using t5::test::Workspace;

namespace {

int64_t count_lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::string repeated(const std::string& line, int count) {
  std::string text;
  while (count-- > 0) text += line;
  return text;
}

// Whether this system has what a redirection names.
bool can_open(const std::string& redirection) {
  bool can =
      redirection.find("/dev/full") == std::string::npos || std::filesystem::exists("/dev/full");
  if (!can) MESSAGE("left out: there is no /dev/full");
  return can;
}

// The workspace with two models that have task heads, untrained.
Workspace& with_heads() {
  auto& w = Workspace::instance();
  if (!w.exists("sorter"))
    w.shell(
        "$T5 new --model model --head sequence-classification --labels a,b --output sorter && "
        "cp tokenizer/* sorter; "
        "$T5 new --model model --head question-answering --output reader && "
        "cp tokenizer/* reader");
  return w;
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("draws are numbered by the line of the stream: no period, no trace of the batches") {
    auto& w = Workspace::instance();
    w.write("same.txt", repeated("The cat sleeps.\n", 40));
    auto draw = [&](const std::string& options) {
      Run run =
          w.shell("$T5 generate --model model --do-sample --top-k 0 --seed 5 --max-new-tokens 6 " +
                  options + " < same.txt");
      INFO(run.err);
      CHECK(run.status == 0);
      return run.out;
    };
    std::string drawn = draw("--batch-size 4");  // 16 lines are read at a time
    std::set<std::string> distinct;
    for (size_t at = 0, end; (end = drawn.find('\n', at)) != drawn.npos; at = end + 1)
      distinct.insert(drawn.substr(at, end - at));
    CHECK(distinct.size() > 35);
    CHECK(draw("--batch-size 1") == drawn);
    CHECK(draw("--batch-size 7") == drawn);
    CHECK(draw("--threads 1") == drawn);
    CHECK(draw("--num-beams 2 --batch-size 2") == draw("--num-beams 2"));
    CHECK(draw("--num-return-sequences 2 --batch-size 3") == draw("--num-return-sequences 2"));
  }

  TEST_CASE("a line that cannot be answered comes after the answers to those before it") {
    auto& w = with_heads();
    struct Case {
      std::string command, good, bad, says;
    };
    std::string pair = "The cat sleeps.\tLe chat dort.\n", invalid = "a \xff b\n";
    for (const Case& c :
         {Case{"generate --model model --max-new-tokens 2", "A line.\n", invalid, "UTF-8"},
          {"generate --model model --max-new-tokens 2 --ids", "5 6 1\n", "5 x\n", "'x' is not"},
          {"generate --model model --max-new-tokens 2 --ids", "5 6 1\n", "\n", "no ids"},
          {"embed --model model --ids", "5 6 1\n", "5 400000\n", "'400000' is not"},
          {"embed --model model", "A line.\n", invalid, "UTF-8"},
          {"classify --model sorter --json", "A line.\n", invalid, "UTF-8"},
          {"answer --model reader", "question: who? context: The cat.\n", "who?\n", "context"},
          {"answer --model reader --json", "question: who? context: The cat.\n",
           "question: who? context:\n", "the context is empty"},
          {"tokenizer encode --model model", "A line.\n", invalid, "UTF-8"},
          {"tokenizer decode --model model --json", "5 6 1\n", "5 -1\n", "'-1' is not"},
          {"score --model model --data /dev/stdin", pair, "no tab\n", "tab-separated"},
          {"score --model sorter --data /dev/stdin", "A line.\tb\n", "A line.\tc\n", "'c' is not"},
          {"score --model model --data /dev/stdin --ids", "5 1\t6 1\n", "5 1\t6 y\n", "'y' is"}}) {
      CAPTURE(c.command);
      w.write("lines.txt", repeated(c.good, 299) + c.bad + repeated(c.good, 20));
      Run run = w.shell("$T5 " + c.command + " < lines.txt");
      INFO(run.err);
      CHECK(run.status == 1);
      CHECK(count_lines(run.out) == 299);
      CHECK(count_lines(run.err) == 1);
      CHECK(run.err.find(":300: ") != std::string::npos);
      CHECK(run.err.find(c.says) != std::string::npos);
    }
  }

  TEST_CASE("a line is answered when its end has come, though the next one has not") {
    auto& w = with_heads();
    // Sends a line and half of the next, waits for an answer, and then sends the rest.
    std::string slowly =
        "rm -f answers seen; touch answers; { printf 'question: a context: b c\\nquestion: '; "
        "for i in $(seq 300); do [ -s answers ] && break; sleep 0.1; done; "
        "wc -l < answers > seen; printf 'd context: e\\nquestion: f context: g'; } | ";
    for (std::string command :
         {"tokenizer encode --model model", "answer --model reader", "classify --model sorter",
          "embed --model model", "generate --model model --max-new-tokens 2"}) {
      CAPTURE(command);
      Run run = w.shell(slowly + "$T5 " + command + " > answers");
      CHECK(run.status == 0);
      CHECK(w.read("seen") == "1\n");
      CHECK(count_lines(w.read("answers")) == 3);
    }
  }

  TEST_CASE("lines longer than what is read at a time, and many at once, are answered in order") {
    auto& w = Workspace::instance();
    std::string longest;
    for (int i = 0; i < 20000; ++i) longest += i % 7 == 0 ? "the cat " : "a house ";
    w.write("long.txt", "a\n" + longest + "\n\n" + longest + "\r\nb");
    w.write("short.txt", repeated("The cat sleeps.\n", 700) + "b\n");
    std::string through =
        " | $T5 tokenizer encode --model model | $T5 tokenizer decode --model model";
    Run run = w.shell("cat long.txt" + through);
    longest.pop_back();  // the tokenizer does not keep the blank at the end
    bool is_same = run.out == "a\n" + longest + "\n\n" + longest + "\nb\n";
    CHECK(is_same);  // without half a megabyte of values
    CHECK(w.shell("cat short.txt" + through).out == w.read("short.txt"));
  }

  TEST_CASE(
      "standard output that cannot be written: one line and status 1; its reader gone: none") {
    auto& w = Workspace::instance();
    w.write("many.txt", repeated("The cat sleeps.\n", 20000));
    for (std::string command :
         {"$T5 info", "$T5 --help", "$T5 train --help", "$CORPUS --help", "\"$COURSE\" --help",
          "$T5 inspect model", "$T5 tokenizer encode --model model < many.txt",
          "$T5 score --model model --data test.tsv"}) {
      CAPTURE(command);
      for (std::string to : {" > /dev/full", " >&-"}) {
        if (!can_open(to)) continue;
        Run run = w.shell(command + to);
        INFO(run.err);
        CHECK(run.status == 1);
        CHECK(count_lines(run.err) == 1);
        CHECK(run.err.find("standard output: cannot be written: ") != std::string::npos);
      }
    }
    Run run =
        w.shell("{ $T5 tokenizer encode --model model < many.txt; echo $? > status; } | head -n 1");
    CHECK(count_lines(run.out) == 1);
    CHECK(run.err == "");
    CHECK(w.read("status") == "141\n");  // 128 + SIGPIPE
  }

  TEST_CASE("an instruction that the processor lacks is one line and status 1") {
    Run run = Workspace::instance().shell(
        "mkfifo lacks; $T5 tokenizer encode --model model < lacks & exec 3> lacks; "
        "echo One. >&3; sleep 0.5; kill -ILL $!; wait $!; s=$?; rm lacks; exit $s");
    CHECK(run.status == 1);
    CHECK(run.err ==
          "t5: this processor lacks an instruction that the program was built with; build it here: "
          "make\n");
  }

  TEST_CASE("standard input that is closed, or a directory, is one line and status 1") {
    auto& w = Workspace::instance();
    for (std::string from : {" <&-", " < tokenizer"}) {
      Run run = w.shell("$T5 tokenizer encode --model model" + from);
      INFO(run.err);
      CHECK(run.status == 1);
      CHECK(run.err.starts_with("t5: standard input: cannot read: "));
    }
    CHECK(w.shell("$T5 info <&-").status == 0);
  }

  TEST_CASE("messages that nobody can read change neither the status nor any file") {
    auto& w = Workspace::instance();
    std::string train =
        "$T5 train --model model --train train.tsv --validation valid.tsv --max-steps 4 "
        "--save-steps 2 --eval-steps 2 --logging-steps 1 --batch-size 4 --output ";
    REQUIRE(w.shell(train + "heard").status == 0);
    auto is_like_heard = [&](const std::string& name) {
      std::string metrics = w.read(name + "/metrics.jsonl");
      CHECK(count_lines(metrics) == 6);
      CHECK(metrics.find("step 2") == std::string::npos);
      CHECK(w.read(name + "/model.safetensors") == w.read("heard/model.safetensors"));
    };
    for (std::string to : {"2>&-", "2> /dev/full", "2>&- >&- <&-"}) {
      if (!can_open(to)) continue;
      CAPTURE(to);
      CHECK(w.shell("rm -rf unheard; " + train + "unheard " + to).status == 0);
      is_like_heard("unheard");
    }
    w.shell("rm -rf unheard; { " + train + "unheard; echo $? > status; } 2>&1 | true");
    CHECK(w.read("status") == "0\n");
    is_like_heard("unheard");
    for (std::string to : {" 2>&-", " 2> /dev/full"}) {
      if (!can_open(to)) continue;
      CAPTURE(to);
      CHECK(w.shell("$T5 inspect nothing" + to).status == 1);
      CHECK(w.shell("$T5 nonsense" + to).status == 2);
      CHECK(
          w.shell("echo x | $T5 generate --model model --max-new-tokens 1 --top-k 3" + to).status ==
          0);  // which has a note
      CHECK(w.shell("\"$COURSE\" nonsense" + to).status == 1);
      CHECK(w.shell("$CORPUS english-french --train 2000 --output few" + to).status == 0);
      CHECK(w.shell("$CORPUS nonsense" + to).status == 2);
      CHECK(w.shell("\"$EXAMPLE\" nothing nowhere" + to).status == 1);
    }
  }
}
