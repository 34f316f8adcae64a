// Records, templates, answers; what a task file may not say.
#include "t5/tasks/task.h"

#include <doctest/doctest.h>

#include "t5/tasks/mixture.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using namespace testing;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::vector<Record> records(const std::string& file, const Columns& columns = {}) {
  std::vector<Record> records;
  for_each_record(file, columns, [&](const Record& record) { records.push_back(record); });
  return records;
}

void has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

const char* kReviews =
    R"({"name": "reviews", "splits": {"train": "train.tsv"}, "header": true,
        "inputs": "sst2 sentence: {text}", "targets": "{stars}",
        "values": {"stars": {"0": "negative", "1": "positive"}}, "metrics": ["accuracy"]})";

}  // namespace

TEST_SUITE("15-text-to-text") {
  TEST_CASE("numbers as text: the nearest step, halves to the even one") {
    CHECK(number_to_text(2.57, 0.2) == "2.6");
    CHECK(number_to_text(0, 0.2) == "0.0");
    CHECK(number_to_text(5, 0.2) == "5.0");
    CHECK(number_to_text(3.29999, 0.2) == "3.2");
    CHECK(number_to_text(0.5, 0.2) == "0.4");  // 2.5 steps: two
    CHECK(number_to_text(0.7, 0.2) == "0.8");  // 3.5 steps: four
    CHECK(number_to_text(7.4, 1) == "7");
    CHECK(number_to_text(0.126, 0.01) == "0.13");
    CHECK(number_to_text(-1.1, 0.5) == "-1.0");
  }

  TEST_CASE("a number is read to the last character, or not at all") {
    CHECK(text_to_number("2.6") == 2.6);
    CHECK(text_to_number("-3") == -3);
    for (const char* text : {"", " ", "2.6 stars", "2,6", "two", "2.6.", "nan", "inf", " 2"}) {
      CAPTURE(text);
      CHECK_FALSE(text_to_number(text).has_value());
    }
  }

  TEST_CASE("an answer is one of the labels, white space aside, or none") {
    Task task = built_in_task("sst2");
    CHECK(task.answer("positive") == "positive");
    CHECK(task.answer(" negative\n") == "negative");
    for (const char* text : {"", "Positive", "positive.", "positive negative", "0"}) {
      CAPTURE(text);
      CHECK_FALSE(task.answer(text).has_value());
    }
  }

  TEST_CASE("an answer is a number where one is wanted, and any text where any will do") {
    Task number = built_in_task("stsb"), text = built_in_task("cnn_dailymail");
    CHECK(number.answer(" 3.2\n") == "3.2");
    CHECK_FALSE(number.answer("three").has_value());
    CHECK_FALSE(number.answer("3.2 of 5").has_value());
    CHECK(text.answer(" any text ") == "any text");
    CHECK(text.answer("3.2") == "3.2");
  }
}

TEST_SUITE("tasks") {
  TEST_CASE("records: TSV, CSV, JSON lines, plain text") {
    TemporaryDirectory d;
    CHECK(records(d.file("a.tsv", "x\ty\n1\t2\n"), {true, {}})[0].fields ==
          Fields{{"x", "1"}, {"y", "2"}});
    CHECK(records(d.file("b.tsv", "1\t\n"))[0].fields == Fields{{"inputs", "1"}, {"targets", ""}});
    auto csv = records(d.file("c.csv", "x,y\n\"a, \"\"b\"\"\nc\",d\ne,\"\"\n"), {true, {}});
    REQUIRE(csv.size() == 2);
    CHECK(csv[0].fields == Fields{{"x", "a, \"b\"\nc"}, {"y", "d"}});
    CHECK(csv[1].fields == Fields{{"x", "e"}, {"y", ""}});
    CHECK(csv[1].place.ends_with("c.csv:4"));
    auto json = records(
        d.file("e.jsonl", R"({"q": "w", "a": {"t": ["x", "y"]}, "n": 1.5, "b": true, "z": null})"));
    CHECK(json[0].at("a.t.1") == "y");
    CHECK(json[0].at("n") == "1.5");
    CHECK(json[0].at("b") == "true");
    CHECK(json[0].find("z") == nullptr);
    CHECK(json[0].list("a.t") == std::vector<std::string>{"x", "y"});
    CHECK(records(d.file("f.txt", "a line\n"))[0].fields == Fields{{"text", "a line"}});
  }

  TEST_CASE("records that are none are named with their line") {
    TemporaryDirectory d;
    auto error = [&](const std::string& name, const std::string& text,
                     const Columns& columns = {}) {
      return error_of([&] { records(d.file(name, text), columns); });
    };
    has(error("a.tsv", "x\ty\n1\n", {true, {}}), "a.tsv:2: expected 2 fields (x, y), found 1");
    has(error("b.tsv", "x\tx\n1\t2\n", {true, {}}),
        "b.tsv:1: two columns of the header are called x");
    has(error("c.tsv", "x\t\n1\t2\n", {true, {}}), "c.tsv:1: column 2 of the header has no name");
    has(error("d.csv", "1,2\n3,\"4\n5\n"), "d.csv:2: a quotation mark opens and is never closed");
    has(error("e.tsv", "x\ty\n", {true, {}}), "there is no example in it");
    has(error("f.jsonl", "{\"a\": 1}\n[1]\n"), "f.jsonl:2");
    has(error("g.tsv", "1\t2\n\n"), "g.tsv:2: the line is empty");
  }

  TEST_CASE("templates: fields in braces, braces doubled") {
    auto fill = [](const std::string& text) {
      return TextTemplate(text).fill([](const std::string& name) { return "<" + name + ">"; });
    };
    CHECK(fill("a {b} c{d}") == "a <b> c<d>");
    CHECK(fill("{{b}} {{{b}}}") == "{b} {<b>}");
    CHECK(fill("") == "");
    CHECK(TextTemplate("{a} x {b}").fields() == std::vector<std::string>{"a", "b"});
    CHECK(TextTemplate("{a}").only_field() == "a");
    CHECK(TextTemplate("{a}.").only_field() == "");
    has(error_of([] { TextTemplate("a {b", "t.json: inputs"); }), "t.json: inputs: 'a {b' opens");
    has(error_of([] { TextTemplate("a b}"); }), "closes a brace that nothing opens");
  }

  TEST_CASE("a task file: splits beside it, labels by value, its metrics") {
    TemporaryDirectory d;
    d.file("train.tsv", "text\tstars\nfine\t1\ndull\t0\n");
    Task task = read_task(d.file("reviews.json", kReviews));
    auto examples = task.examples("train");
    REQUIRE(examples.size() == 2);
    CHECK(examples[1].text.input == "sst2 sentence: dull");
    CHECK(examples[1].text.target == "negative");
    CHECK(examples[1].references == std::vector<std::string>{"negative"});
    CHECK(task.labels() == std::vector<std::string>{"negative", "positive"});
    CHECK(task.input_of("so so", "stdin:1") == "sst2 sentence: so so");
    Task two = built_in_task("mrpc");
    CHECK(two.input_of(R"({"sentence1": "a", "sentence2": "b"})", "stdin:1") ==
          "mrpc sentence1: a sentence2: b");
    has(error_of([&] { two.input_of("a", "stdin:1"); }), "stdin:1");
  }

  TEST_CASE("what a task or a mixture may not say is named, with what it may") {
    TemporaryDirectory d;
    d.file("train.tsv", "text\tstars\nfine\t1\ndull\t7\n");
    auto error = [&](std::string from, const std::string& to) {
      std::string text = kReviews;
      size_t at = text.find(from);
      REQUIRE(at != std::string::npos);
      text.replace(at, from.size(), to);
      std::string file = d.file("reviews.json", text);
      return error_of([&] { read_task(file).examples("train"); });
    };
    has(error("\"name\"", "\"nam\""), "reviews.json: nam: is not a key of a task; there are name,");
    has(error("accuracy", "acuracy"), "there is no metric 'acuracy'; there are bleu,");
    has(error("{text}", "{txt}"), "train.tsv:2: there is no field txt; there are text, stars");
    has(error("{text}", "{text"), "reviews.json: inputs:");
    has(error("positive", "good"), "train.tsv:3: stars is '7', and not one of 0, 1");
    has(error("\"train\":", "\"dev\":"), "task reviews: there is no split train; there are dev");
    has(error("true", "\"yes\""), "header");
    has(error("\"name\"", "\"format\": \"sst3\", \"name\""), "'sst3' is neither a file nor one of");
    auto mixture = [&](const std::string& text) {
      std::string file = d.file("mix.json", text);
      return error_of([&] { read_mixture(file).rates({5, 5}); });
    };
    d.file("reviews.json", kReviews);
    has(mixture(R"({"tasks": []})"), "tasks: expected a list of tasks");
    has(mixture(R"({"tasks": [{"file": "reviews.json"}], "K": 3})"),
        "K: is not a key of a mixture");
    has(mixture(R"({"tasks": [{"file": "reviews.json"}, {"file": "reviews.json"}]})"),
        "two tasks are called reviews");
    has(mixture(R"({"tasks": [{"file": "reviews.json", "rate": 0}], "mixing": "by-hand"})"),
        "all rates are 0");
    has(mixture(R"({"tasks": [{"file": "reviews.json", "weight": 0}]})"), "weight");
    has(mixture(R"({"tasks": [{"file": "reviews.json"}], "mixing": "size"})"),
        "'size' is not one of proportional, equal, by-hand");
    has(mixture(R"({"tasks": [{"file": "no.json"}]})"), "no.json: cannot open");
  }
}

}  // namespace t5
