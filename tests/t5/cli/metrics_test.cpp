// t5 metrics, and the metrics of t5 evaluate.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <tuple>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using t5::Json;
using t5::parse_json;
using t5::test::Run;
using t5::test::Workspace;

namespace {

const std::string kMetrics = "$T5 metrics --predictions said.txt --references right.txt ";

Workspace& with_texts() {
  auto& w = Workspace::instance();
  w.write("said.txt", "the cat sat on the mat\na dog ran\n\n");
  w.write("right.txt", "the cat sat on a mat\nthe dog ran away\nnothing\n");
  w.write("other.txt", "the cat sat on the mat\ndogs ran\n今天\n");
  w.write("labels.txt", "yes\nno\nyes\n");
  w.write("right-labels.txt", "yes\nyes\nno\n");
  return w;
}

Json answer_of(const std::string& options) {
  Run run = with_texts().shell(kMetrics + options + " --json");
  CHECK_MESSAGE(run.status == 0, run.err);
  CHECK(run.err == "");
  return parse_json(run.out, "metrics");
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("metrics: one object whose keys are the metrics' names, or a line each") {
    Json answer = answer_of("--metrics bleu,rougeL,squad_f1");
    CHECK(answer.size() == 3);
    CHECK(answer["bleu"].get<double>() == doctest::Approx(42.4).epsilon(0.2));
    CHECK(with_texts().shell(kMetrics + "--metrics exact_match,ter").out ==
          "exact_match      0.000000\nter              36.363636\n");
  }

  TEST_CASE("metrics: with several files of references the best one of a line counts") {
    Json answer = answer_of("other.txt --metrics exact_match,rouge1");
    CHECK(answer["exact_match"].get<double>() == doctest::Approx(1.0 / 3));
    CHECK(answer["rouge1"].get<double>() > answer_of("--metrics rouge1")["rouge1"].get<double>());
  }

  TEST_CASE("metrics: options are those of the metric; the signature says which") {
    Json answer = answer_of("--metrics bleu,chrf --tokenize char --chrf-word-order 2 --signature");
    CHECK(answer["bleu_signature"] == "nrefs:1|case:mixed|eff:no|tok:char|smooth:exp");
    CHECK(answer["chrf_signature"] == "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no");
    CHECK(answer["bleu"] != answer_of("--metrics bleu")["bleu"]);
    CHECK(answer_of("--metrics bleu --smooth-method add-k --smooth-value 0.5")["bleu"] !=
          answer_of("--metrics bleu --smooth-method add-k")["bleu"]);
  }

  TEST_CASE("metrics: intervals and a second system, for every metric, by the seed") {
    std::string options =
        "--metrics chrf,rougeL --confidence --confidence-n 50 --baseline other.txt";
    Json answer = answer_of(options);
    CHECK(answer.size() == 10);
    CHECK(answer["chrf_baseline"] != answer["chrf"]);
    CHECK(answer["rougeL_confidence"].get<double>() > 0);
    CHECK(answer["rougeL_p_value"].get<double>() <= 1);
    CHECK(answer == answer_of(options));
    CHECK(answer["chrf_mean"] != answer_of(options + " --seed 1")["chrf_mean"]);
    CHECK(answer_of("--metrics chrf --baseline said.txt --paired-test ar")["chrf_p_value"]
              .get<double>() == doctest::Approx(1.0 / 10001));
  }

  TEST_CASE("metrics: the report, its matrix and its picture, which is not replaced unasked") {
    auto& w = with_texts();
    std::string command =
        "$T5 metrics --predictions labels.txt --references right-labels.txt --report ";
    Run run = w.shell(command + "--output matrix");
    CHECK_MESSAGE(run.status == 0, run.err);
    CHECK(run.out.find("weighted avg       0.33      0.33      0.33         3\n") !=
          std::string::npos);
    CHECK(w.read("matrix/confusion-matrix.svg").starts_with("<svg"));
    Json answer = parse_json(w.shell(command + "--json").out, "metrics");
    CHECK(answer["confusion_matrix"] == Json{{0, 1}, {1, 1}});
    CHECK(answer["labels"] == Json{"no", "yes"});
    CHECK(answer["report"]["yes"]["f1-score"] == 0.5);
    w.write("right-labels.txt", "no\nno\nno\n");
    run = w.shell(command + "--output matrix");
    CHECK(run.status == 1);
    CHECK(run.out == "");
    CHECK_MESSAGE(run.err.find("--overwrite") != std::string::npos, run.err);
    CHECK(w.shell(command + "--output matrix --overwrite").status == 0);
  }

  TEST_CASE("metrics: what is refused, in a line, with the right status") {
    auto& w = with_texts();
    w.write("two.txt", "a\nb\n");
    w.write("none.txt", "");
    w.write("broken.txt", "a\n\xff\nb\n");
    for (auto [options, status, part] :
         {std::tuple("--metrics wer", 2, "--metrics"),
          {"", 2, "name --metrics, or --report"},
          {"--metrics bleu,ter,bleu", 2, "bleu is asked for twice"},
          {"--metrics bleu --tokenize zh", 2, "--tokenize"},
          {"--metrics bleu --confidence-n 10", 2, "requires --confidence"},
          {"--metrics bleu --paired-test ar", 2, "requires --baseline"},
          {"--metrics bleu --output x", 2, "requires --report"},
          {"two.txt --metrics bleu", 1, "two.txt: 2 lines, where said.txt has 3"},
          {"none.txt --metrics bleu", 1, "none.txt: 0 lines"},
          {"broken.txt --metrics bleu", 1, "broken.txt:2: not valid UTF-8"},
          {"nowhere.txt --metrics bleu", 1, "nowhere.txt: cannot open"},
          {"--metrics bleu --baseline two.txt", 1, "right.txt: 3 lines, where two.txt has 2"},
          {"other.txt --metrics accuracy", 1, "labels: example 1 has 2 references"},
          {"--metrics pearson", 1, "'the cat sat on the mat' is not a number"},
          {"--metrics entity_f1", 1, "'the' is no label of a word"}}) {
      Run run = w.shell(kMetrics + options);
      CAPTURE(options);
      CHECK(run.status == status);
      CHECK(run.out == "");
      CHECK_MESSAGE(run.err.find(part) != std::string::npos, run.err);
      CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    }
  }

  TEST_CASE("evaluate takes every metric, of what the model writes, beside those of the loss") {
    auto& w = Workspace::instance();
    w.write("scored.tsv", "The cat sleeps.\tLe chat dort.\nA dog.\tUn chien.\n");
    Run run = w.shell(
        "$T5 evaluate --model model --data scored.tsv --max-new-tokens 4 --json "
        "--metrics bleu,chrf,loss,perplexity,bits_per_byte,rougeL --lowercase");
    CHECK_MESSAGE(run.status == 0, run.err);
    Json answer = parse_json(run.out, "evaluate");
    CHECK(answer.size() == 6);
    CHECK(answer["perplexity"].get<double>() ==
          doctest::Approx(std::exp(answer["loss"].get<double>())));
    std::istringstream lines(w.shell("$T5 score --model model --data scored.tsv --json").out);
    double nats = 0;
    for (std::string line; std::getline(lines, line);)
      nats -= parse_json(line, "score")["log_probability"].get<double>();
    CHECK(answer["bits_per_byte"].get<double>() ==
          doctest::Approx(nats / std::log(2.0) / 22).epsilon(1e-5));  // 13 and 9 bytes of targets
  }
}
