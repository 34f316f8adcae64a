// What commands may write over, who may write, and what is left when one is killed.

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "t5/files/directory_update.h"
#include "tests/t5/cli/workspace.h"

using t5::DirectoryLock;
using t5::test::Run;
using t5::test::Workspace;

namespace {

struct Command {
  std::string name, text;  // `text` ends where the name of a directory belongs
};

const std::vector<Command> kWriters = {
    {"tokenizer train", "$T5 tokenizer train --train valid.tsv --vocab-size 250 --output "},
    {"new", "$T5 new --preset tiny --vocab-size 400 --tokenizer other-words --output "},
    {"convert", "$T5 convert --model model --dtype bfloat16 --output "},
    {"train", "$T5 train --quiet --model model --train train.tsv --max-steps 1 --output "},
    {"pretrain", "$T5 pretrain --quiet --model model --train train.tsv --max-steps 1 --output "}};

// The workspace with a few things more, made once.
Workspace& workspace() {
  auto& w = Workspace::instance();
  static Run made = w.shell(
      "$T5 tokenizer train --train valid.tsv --vocab-size 240 --extra-ids 50 --output other-words; "
      "$T5 train --quiet --model model --train train.tsv --max-steps 2 --output a-run");
  REQUIRE(made.status == 0);
  return w;
}

std::string content(Workspace& w, const std::string& directory) {
  return w.shell("cd " + directory + " && ls -A && cat *").out;
}

bool is_one_line(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("no command replaces a model, a run or a vocabulary unless --overwrite says so") {
    auto& w = workspace();
    for (const Command& command : kWriters)
      for (std::string old : {"model", "a-run", "tokenizer"}) {
        if (old == "tokenizer" && command.name != "tokenizer train" && command.name != "new")
          continue;  // which would write the same one again
        INFO(command.name, " over ", old);
        w.shell("rm -rf there; cp -r " + old + " there");
        std::string before = content(w, "there");
        Run run = w.shell(command.text + "there");
        CHECK(run.status == 1);
        CHECK_MESSAGE(is_one_line(run.err), run.err);
        CHECK(run.err.find("there") != std::string::npos);
        CHECK(run.err.find("--overwrite") != std::string::npos);
        CHECK(content(w, "there") == before);
        run = w.shell(command.text + "there --overwrite");
        CHECK_MESSAGE(run.status == 0, run.err);
        CHECK(content(w, "there") != before);
        CHECK(w.shell("ls -A there | grep -E 'tmp|[.]t5'").out.empty());
      }
  }

  TEST_CASE("a command may be repeated, and its files may stand beside those of others") {
    auto& w = workspace();
    for (const Command& command : kWriters) {
      w.shell("rm -rf there; mkdir there; echo mine > there/notes");
      INFO(command.name);
      REQUIRE(w.shell(command.text + "there").status == 0);
      CHECK(w.read("there/notes") == "mine\n");
      if (command.name == "train" || command.name == "pretrain") continue;  // --resume is for these
      std::string before = content(w, "there");
      CHECK(w.shell(command.text + "there").status == 0);
      CHECK(content(w, "there") == before);
    }
    REQUIRE(w.shell("cp -r tokenizer both && "
                    "$T5 new --preset tiny --tokenizer both --output both")
                .status == 0);
    CHECK(w.shell("diff -r both model").status == 0);
    CHECK(w.shell("cp -r tokenizer run2 && " + kWriters[3].text + "run2").status == 0);
  }

  TEST_CASE("what takes a model's place takes all of it: shards, index, vocabulary") {
    auto& w = workspace();
    w.shell(
        "$T5 convert --model model --output many --max-shard-size 100KB; cp -r many 'no words'");
    CHECK(w.shell(kWriters[2].text + "many --overwrite").status == 0);
    CHECK(w.shell("ls many | grep -E 'index|-of-'").out.empty());
    CHECK(w.shell("$T5 inspect many").status == 0);
    CHECK(w.shell("$T5 new --preset tiny --vocab-size 64 --output 'no words' --overwrite").status ==
          0);
    CHECK(w.shell("ls 'no words'").out ==
          "config.json\ngeneration_config.json\nmodel.safetensors\n");
  }

  TEST_CASE("a run never writes over the model it begins with; a model is converted in place") {
    auto& w = workspace();
    std::string before = content(w, "model");
    w.shell("ln -s model 'a link'; mkdir -p deep");
    for (const Command& command : {kWriters[3], kWriters[4]})
      for (std::string same : {"model", "./model/", "'a link'", "deep/../model"})
        for (std::string option : {"", " --overwrite", " --resume"}) {
          Run run = w.shell(command.text + same + option);
          INFO(command.name, " ", same, option, ": ", run.err);
          CHECK(run.status == 1);
          std::string path = same == "'a link'" ? "a link" : same;
          CHECK(run.err ==
                "t5: " + path + ": is the --model directory itself; choose another --output\n");
        }
    CHECK(content(w, "model") == before);
    Run run = w.shell(
        "cp -r model place && $T5 convert --model place --output place --dtype float16 "
        "--overwrite --data valid.tsv --json && "
        "$T5 convert --model model --output aside --dtype float16 --data valid.tsv --json && "
        "diff -r place aside");
    CHECK(run.status == 0);
    std::string line = run.out.substr(0, run.out.find('\n'));
    CHECK(line.find("loss_before") != std::string::npos);
    CHECK(run.out.substr(line.size() + 1).ends_with(line.substr(line.find("\"dtype\"")) + "\n"));
  }

  TEST_CASE("a run that is refused has touched nothing: another vocabulary, a log that is none") {
    auto& w = workspace();
    w.shell("$T5 new --preset tiny --tokenizer other-words --vocab-size 400 --output second");
    std::string before = content(w, "a-run");
    for (std::string option : {"", " --resume"}) {
      Run run = w.shell(
          "$T5 train --quiet --model second --train train.tsv --max-steps 3 --output "
          "a-run" +
          option);
      CHECK(run.status == 1);
      CHECK(is_one_line(run.err));
      CHECK(content(w, "a-run") == before);
    }
    w.shell("mkdir logs; cp train.tsv logs/metrics.jsonl");
    Run run = w.shell(kWriters[3].text + "logs");
    CHECK(run.status == 1);
    CHECK(run.err.find("logs: already holds metrics.jsonl") != std::string::npos);
    CHECK(w.shell("diff train.tsv logs/metrics.jsonl").status == 0);
  }

  TEST_CASE("a full disk: one line, the old files whole, nothing beside them") {
    auto& w = workspace();
    for (const Command& command : kWriters) {
      w.shell("rm -rf there; cp -r model there");
      std::string before = content(w, "there");
      Run run = w.shell("trap '' XFSZ; ulimit -f 1; " + command.text + "there --overwrite");
      INFO(command.name, ": ", run.err);
      CHECK(run.status == 1);
      CHECK(is_one_line(run.err));
      CHECK(run.err.find("there/") != std::string::npos);
      w.shell("rm -f there/metrics.jsonl");  // a run had begun
      CHECK(content(w, "there") == before);
    }
  }

  TEST_CASE("a run that cannot write says so before it reads its data") {
    auto& w = workspace();
    for (const char* command : {"train", "pretrain"}) {
      Run run = w.shell(std::string("$T5 ") + command +
                        " --model model --train no-such-file "
                        "--max-steps 1 --output a-run");
      CHECK(run.err.find("a-run holds a checkpoint") != std::string::npos);
    }
  }

  TEST_CASE("a second writer is told so at once, whichever command it is; readers are not") {
    auto& w = workspace();
    w.shell("rm -rf held; cp -r model held");
    std::string before = content(w, "held");
    DirectoryLock lock(w.path("held"));
    REQUIRE(lock.take());
    for (const Command& command : kWriters)
      for (std::string option : {"", " --overwrite"}) {
        Run run = w.shell(command.text + "held" + option);
        INFO(command.name, option, ": ", run.err);
        CHECK(run.status == 1);
        CHECK(run.err.find("held: another process is writing here") != std::string::npos);
        CHECK(is_one_line(run.err));
      }
    CHECK(content(w, "held") == before);
    CHECK(w.shell("echo a | $T5 generate --model held --max-new-tokens 1").status == 0);
  }

  TEST_CASE("of two commands at once in one directory one succeeds, and nothing of it is lost") {
    auto& w = workspace();
    std::vector<std::string> alone = {
        kWriters[0].text + "alone",
        kWriters[1].text + "alone",
        kWriters[2].text + "alone",
        kWriters[3].text + "alone",
        "$T5 new --preset tiny --vocab-size 99 --output alone",
        "$T5 convert --model model --output alone --max-shard-size 100KB",
    };
    const std::pair<int, int> pairs[] = {{0, 1}, {1, 4}, {1, 2}, {2, 5},
                                         {1, 3}, {2, 3}, {4, 5}, {0, 2}};
    auto into = [](std::string command, const std::string& directory) {
      return command.replace(command.find("alone"), 5, directory);
    };
    for (auto [a, b] : pairs) {
      INFO(alone[a], " | ", alone[b]);
      Run run = w.shell("rm -rf pair; " + into(alone[a], "pair") + " 2> err-a > out-a & a=$!; " +
                        into(alone[b], "pair") + " 2> err-b > out-b; b=$?; wait $a; echo $? $b");
      bool first = run.out == "0 1\n";
      CHECK_MESSAGE((first || run.out == "1 0\n"), run.out);
      std::string told = w.read(first ? "err-b" : "err-a");
      CHECK_MESSAGE(is_one_line(told), told);
      CHECK_MESSAGE(told.find("pair: ") != std::string::npos, told);
      w.shell("rm -rf alone; " + alone[first ? a : b]);
      CHECK(w.shell("diff -r -x metrics.jsonl -x loss.svg alone pair").out.empty());
    }
  }

  TEST_CASE("killed between any two of their file operations, commands leave the old or the new") {
    auto& w = workspace();
    Run run =
        w.shell("repository='" + std::filesystem::current_path().string() +
                "'; \"$repository/tests/faults/kills.sh\" programs/t5 programs/kill_at.so 41");
    CHECK_MESSAGE(run.status == 0, run.out, run.err);
    MESSAGE(run.out);
  }
}
