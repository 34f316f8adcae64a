// The table of metrics: against the packages they are known by (the fixture), and what is refused.
#include "t5/metrics/metric.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "t5/files/json.h"
#include "t5/metrics/edit.h"
#include "t5/metrics/judged_files.h"
#include "t5/metrics/numbers.h"
#include "t5/metrics/porter_stemmer.h"
#include "t5/metrics/spans.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;
using doctest::Approx;

namespace {

MetricOptions options_of(const Json& given) {
  MetricOptions options;
  options.tokenize = given.value("tokenize", options.tokenize);
  options.smoothing.method = given.value("smooth_method", options.smoothing.method);
  if (given.contains("smooth_value")) options.smoothing.value = given["smooth_value"];
  options.chrf.char_order = given.value("chrf_char_order", options.chrf.char_order);
  options.chrf.word_order = given.value("chrf_word_order", options.chrf.word_order);
  options.chrf.beta = given.value("chrf_beta", options.chrf.beta);
  options.lowercase = given.value("lowercase", false);
  options.stemmer = given.value("stemmer", false);
  options.pos_label = given.value("pos_label", "");
  return options;
}

std::string error_of_measure(const std::string& name, const Judged& judged) {
  return error_of([&] { measure({name}, judged); });
}

}  // namespace

TEST_SUITE("metrics") {
  TEST_CASE("the packages' values: 40 cases each of BLEU, chrF, TER, ROUGE, SQuAD, labels, ...") {
    int64_t compared = 0;
    for (const Json& item : read_json("tests/fixtures/metrics/cases.json")) {
      Judged judged{item["predictions"], item["references"]};
      for (const auto& [name, expected] : item["expected"].items()) {
        double got = measure({name}, judged, options_of(item["options"]))[0].second;
        double wanted = expected.is_null() ? NAN : expected.get<double>();
        bool agrees = std::isnan(wanted) ? std::isnan(got) : std::abs(got - wanted) <= 1e-6;
        CHECK_MESSAGE(agrees, name, ": ", got, " instead of ", wanted, " in ", item.dump());
        ++compared;
      }
    }
    CHECK(compared == 760);
  }

  TEST_CASE("every metric has a name of its own, and a score of a perfect answer") {
    Judged judged{{"B-PER I-PER O"}, {{"B-PER I-PER O"}}};
    std::set<std::string> names;
    for (const Metric& metric : metrics()) {
      CAPTURE(metric.name);
      CHECK(names.insert(metric.name).second);
      CHECK(metric.larger_is_better == (metric.name != "ter"));
      if (metric.name != "pearson" && metric.name != "spearman")
        CHECK(std::isfinite(measure({metric.name}, judged, {.pos_label = "x"})[0].second));
    }
    Scores both = measure({"squad_f1", "bleu"}, judged);
    CHECK(both[0].first == "squad_f1");
    CHECK(both[1].first == "bleu");
  }

  TEST_CASE("what is refused is told in a line") {
    CHECK(error_of_measure("wer", {{"a"}, {{"a"}}})
              .starts_with("there is no metric 'wer'; there are bleu, chrf, ter, rouge1,"));
    CHECK(error_of_measure("bleu", {{"a", "b"}, {{"a"}}}) ==
          "metrics: 2 predictions for 1 references");
    CHECK(error_of_measure("bleu", {}) == "metrics: there are no predictions to judge");
    CHECK(error_of_measure("bleu", {{"a"}, {{}}}) == "metrics: example 1 has no reference");
    CHECK(error_of_measure("accuracy", {{"a", "b"}, {{"a"}, {"a", "b"}}}) ==
          "labels: example 2 has 2 references; one is expected");
    CHECK(error_of_measure("f1", {{"a"}, {{"a"}}}) ==
          "f1: of which label? name it with --pos-label");
    CHECK(error_of_measure("pearson", {{"1", "x2"}, {{"1"}, {"2"}}}) ==
          "correlation: prediction 2: 'x2' is not a number");
    CHECK(error_of_measure("spearman", {{"1", "2"}, {{"1"}, {"inf"}}}) ==
          "correlation: reference 2: 'inf' is not a number");
    CHECK(error_of_measure("pearson", {{"1"}, {{"1"}}}) ==
          "correlation: one example says nothing; two are needed at least");
    CHECK(error_of_measure("entity_f1", {{"O O"}, {{"O"}}}) ==
          "entities: example 1 has 2 predicted labels for 1; one a word is expected");
    CHECK(error_of_measure("entity_f1", {{"PER"}, {{"O"}}}) ==
          "entities: 'PER' is no label of a word; expected O, or B-, I-, E- or S- and a type");
    CHECK(error_of([] {
            measure({"bleu"}, {{"a"}, {{"a"}}}, {.tokenize = "zh"});
          }) == "BLEU: there is no tokenizer 'zh'; there are 13a, intl, char and none");
  }

  TEST_CASE("a text too long for a table is refused before the table is made") {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "a ";
    for (const char* name : {"ter", "rougeL", "rougeLsum"}) {
      std::string error = error_of_measure(name, {{text}, {{text}}});
      CHECK_MESSAGE(error.find("too long") != std::string::npos, name, ": ", error);
    }
  }

  TEST_CASE("a correlation with what does not vary is none; equal numbers share their ranks") {
    CHECK(std::isnan(pearson({1, 2, 3}, {5, 5, 5})));
    CHECK(pearson({1, 2, 3}, {2, 4, 6}) == Approx(1));
    CHECK(ranks({5, 1, 5, 7}) == std::vector<double>{2.5, 1, 2.5, 4});
    CHECK(spearman({1, 2, 3}, {1, 8, 27}) == Approx(1));
  }

  TEST_CASE("entities of labels: where they begin and end, without B and across types") {
    auto spans = tagged_spans({"I-PER", "I-PER", "B-PER", "I-LOC", "O", "S-LOC", "I-LOC", "E-LOC"});
    CHECK(spans == std::vector<Span>{
                       {"PER", 0, 2}, {"PER", 2, 3}, {"LOC", 3, 4}, {"LOC", 5, 6}, {"LOC", 6, 8}});
  }

  TEST_CASE("entities as text: types and words, in any order") {
    Judged judged{{"LOC:Paris $$ PER: John  Smith $$ PER: Eve", "", "$$ : $$"},
                  {{"PER: John Smith $$ LOC: Paris"}, {"PER: Ann"}, {""}}};
    CHECK(measure({"span_f1"}, judged)[0].second == Approx(2.0 / 3));  // 2 of 3, of 3
    CHECK(written_spans("Paris").size() == 1);
  }

  TEST_CASE("edits: a run that moves is one edit, whatever its length") {
    CHECK(edit_distance(U"abcdef", U"defabc") == 6);
    CHECK(edits_with_moves(U"abcdef", U"defabc") == 1);
    CHECK(edits_with_moves(U"abc", U"") == 3);
    CHECK(edits_with_moves(U"", U"abc") == 3);
    CHECK(ter({0, 0}) == 0);
    CHECK(ter({2, 0}) == 100);
  }

  TEST_CASE("stems: Porter's own examples, and NLTK's exceptions") {
    for (auto [word, stem] : {std::pair("caresses", "caress"),
                              {"ponies", "poni"},
                              {"dies", "die"},
                              {"plastered", "plaster"},
                              {"hopping", "hop"},
                              {"falling", "fall"},
                              {"filing", "file"},
                              {"happy", "happi"},
                              {"enjoy", "enjoy"},
                              {"relational", "relat"},
                              {"vietnamization", "vietnam"},
                              {"theology", "theolog"},
                              {"adoption", "adopt"},
                              {"probate", "probat"},
                              {"controlling", "control"},
                              {"skies", "sky"},
                              {"bys", "by"},
                              {"by", "by"}})
      CHECK(porter_stem(word) == stem);
  }

  TEST_CASE("a signature says what must be known to compare a score") {
    Judged judged{{"a", "b"}, {{"a"}, {"b"}}};
    CHECK(signature("bleu", judged, {}) == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
    MetricOptions options{.tokenize = "char", .smoothing = {"floor", {}}, .lowercase = true};
    judged.references[1].push_back("c");
    CHECK(signature("bleu", judged, options) ==
          "nrefs:var|case:lc|eff:no|tok:char|smooth:floor[0.10]");
    CHECK(signature("chrf", judged, {.chrf = {.word_order = 2}}) ==
          "nrefs:var|case:mixed|eff:yes|nc:6|nw:2|space:no");
    CHECK(signature("rouge1", judged, {}) == "");
  }

  TEST_CASE("files: line i of each file of references belongs to line i of the predictions") {
    TemporaryDirectory directory;
    std::string said = directory.file("said", "a\n\n"), right = directory.file("right", "b\nc\n");
    std::string other = directory.file("other", "d\n\n"), few = directory.file("few", "d\n");
    std::string empty = directory.file("empty", "");
    Judged judged = read_judged(said, {right, other});
    CHECK(judged.predictions == std::vector<std::string>{"a", ""});
    CHECK(judged.references == std::vector<std::vector<std::string>>{{"b", "d"}, {"c", ""}});
    CHECK(error_of([&] { read_judged(said, {few}); }) ==
          few + ": 1 lines, where " + said + " has 2; expected one text a line, in the same order");
    CHECK(error_of([&] { read_judged(empty, {right}); }) ==
          empty + ": has no lines; expected one text a line");
  }
}
