// Task heads on the command line: make, train, use.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

// A model with this head, trained on `data`; $T5 new's further options in `options`.
void train(const std::string& name, const std::string& options, const std::string& data,
           int steps) {
  auto& w = Workspace::instance();
  w.write(name + ".tsv", data);
  Run run =
      w.shell("$T5 new --preset tiny --tokenizer tokenizer --output " + name + "-start " + options +
              " && $T5 train --model " + name + "-start --train " + name + ".tsv --output " + name +
              " --quiet --dropout-rate 0 --learning-rate 0.01 "
              "--max-steps " +
              std::to_string(steps));
  INFO(run.err);
  REQUIRE(run.status == 0);
}

const char* const kAnimals[] = {"cat", "dog", "horse"};
const char* const kPlaces[] = {"church", "garden", "house"};

}  // namespace

TEST_SUITE("heads") {
  TEST_CASE("sequence classification: trained, saved, and right about every line") {
    std::string data;
    for (auto* animal : kAnimals)
      for (auto* place : kPlaces)
        data += std::string("the ") + animal + " in the " + place + "\t" +
                (animal == kAnimals[0] ? "cat" : "other") + "\n";
    train("moods", "--head sequence-classification --labels cat,other", data, 60);
    auto& w = Workspace::instance();
    CHECK(w.shell("cut -f1 moods.tsv | $T5 classify --model moods | cut -f1").out ==
          w.shell("cut -f2 moods.tsv").out);
    Json json = parse_json(
        w.shell("echo 'the cat in the house' | $T5 classify --model moods --json").out, "json");
    CHECK(json["label"] == "cat");
    CHECK(json["probabilities"].size() == 2);
    Json e =
        parse_json(w.shell("$T5 evaluate --model moods --data moods.tsv --json").out, "evaluate");
    CHECK(e.size() == 2);  // by default what a classifier can be measured by
    CHECK(e["token_accuracy"] == 1);
    CHECK(e.contains("loss"));
    CHECK(w.shell("echo a | $T5 generate --model moods").err ==
          "t5: generate: a model with head sequence-classification does not write text\n");
  }

  TEST_CASE("token classification: one label per word") {
    std::string data;
    for (auto* animal : kAnimals)
      for (auto* place : kPlaces)
        data += std::string("the ") + animal + " in the " + place + "\tO ANIMAL O O PLACE\n";
    train("tags", "--head token-classification --labels O,ANIMAL,PLACE", data, 60);
    auto& w = Workspace::instance();
    CHECK(w.shell("echo 'the dog in the church' | $T5 classify --model tags").out ==
          "O ANIMAL O O PLACE\n");
    Json json =
        parse_json(w.shell("echo 'the  dog' | $T5 classify --model tags --json").out, "json");
    CHECK(json["words"].size() == 2);
    CHECK(json["words"][1]["word"] == "dog");
  }

  TEST_CASE("question answering: the answer is a span of the context") {
    std::string data;
    for (auto* animal : kAnimals)
      for (auto* place : kPlaces) {
        std::string context = std::string(" context: the ") + animal + " in the " + place + "\t";
        data += "question: who?" + context + animal + "\nquestion: where?" + context + place + "\n";
      }
    train("reader", "--head question-answering", data, 150);
    auto& w = Workspace::instance();
    CHECK(w.shell("cut -f1 reader.tsv | $T5 answer --model reader | cut -f1").out ==
          w.shell("cut -f2 reader.tsv").out);
  }

  TEST_CASE("heads: what measures a model measures each by the loss of its own labels") {
    auto& w = Workspace::instance();
    for (const std::string head : {"language-model", "sequence-classification",
                                   "token-classification", "question-answering"}) {
      CAPTURE(head);
      std::string name = "each-" + head, data = " --data " + name + ".tsv --json";
      bool labels = head.ends_with("classification");
      REQUIRE(w.shell("rm -rf " + name +
                      "* && $T5 new --preset tiny --tokenizer tokenizer --output " + name +
                      " --head " + head + (labels ? " --labels x,y" : ""))
                  .status == 0);
      w.write(name + ".tsv", labels ? (head[0] == 's' ? "a cat\tx\na dog\ty\n" : "a cat\tx y\n")
                             : head[0] == 'q' ? "question: who? context: the cat\tcat\n"
                                              : "a cat\tx\n");
      Run evaluated = w.shell("$T5 evaluate --model " + name + data);
      Run converted = w.shell("$T5 convert --dtype bfloat16 --model " + name + " --output " + name +
                              "-b" + data);
      Run scored = w.shell("$T5 score --model " + name + data);
      INFO((evaluated.err + converted.err + scored.err));
      REQUIRE(evaluated.status + converted.status + scored.status == 0);
      double loss = parse_json(evaluated.out, "evaluate")["loss"];
      CHECK(parse_json(converted.out, "convert")["loss_before"] == doctest::Approx(loss));
      CHECK(parse_json(converted.out, "convert")["loss"] == doctest::Approx(loss).epsilon(0.1));
      double total = 0, tokens = 0;
      std::istringstream lines(scored.out);
      for (std::string line; std::getline(lines, line);) {
        total -= parse_json(line, "score")["log_probability"].get<double>();
        tokens += parse_json(line, "score")["tokens"].get<double>();
      }
      CHECK(total / tokens == doctest::Approx(loss));
    }
  }

  TEST_CASE("heads: each mistake ends in one line with the remedy") {
    auto& w = Workspace::instance();
    w.write("label.tsv", "a cat\tnobody\n");
    w.write("words.tsv", "a cat\tO\n");
    w.write("span.tsv", "question: who? context: the cat\tdog\n");
    w.write("form.tsv", "who?\tdog\n");
    std::string make = "$T5 new --preset tiny --tokenizer tokenizer --quiet --output ";
    auto says = [&](const std::string& command, int status, const std::string& message) {
      INFO(command);
      Run run = w.shell(command);
      INFO(run.err);
      CHECK(run.status == status);
      CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
      CHECK(run.err.find(message) != std::string::npos);
    };
    REQUIRE(w.shell(make + "h1 --head sequence-classification --labels a,b && " + make +
                    "h2 --head token-classification --labels O,X && " + make +
                    "h3 --head question-answering")
                .status == 0);
    auto train = [](const std::string& model, const std::string& data) {
      return "$T5 train --quiet --max-steps 1 --output bad-head --model " + model + " --train " +
             data;
    };
    says(train("h1", "label.tsv"), 1,
         "label.tsv:1: target 'nobody' is not one of the model's labels: a, b");
    says(train("h2", "words.tsv"), 1, "words.tsv:1: target 'O' has 1 labels for 2 words");
    says(train("h3", "span.tsv"), 1, "target 'dog' does not stand in the context");
    says(train("h3", "form.tsv"), 1, "is not of the form 'question: … context: …'");
    says("echo 'who?' | $T5 answer --model h3", 1, "is not of the form");
    says("echo a | $T5 classify --model h3", 1, "model with head question-answering has no labels");
    says(make + "h4 --head sequence-classification", 2, "needs --labels");
    says(make + "h4 --labels a,b", 2, "belong to a --head that classifies");
    says(make + "h4 --head token-classification --labels a,a,b", 2, "given twice");
  }
}
