// The built-in formats and the mixing rates against the packages t5 and seqio:
// tests/parity/make_task_fixtures.py.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "t5/tasks/mixture.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

const Json& fixture() {
  static const Json json = read_json("tests/fixtures/tasks/formats.json");
  return json;
}

// What a task makes of a record, which goes through a file of JSON lines.
std::vector<TaskExample> made(Task task, const Json& record) {
  TemporaryDirectory directory;
  std::string file = directory.file("data.jsonl", json_line(record) + "\n");
  std::vector<TaskExample> examples;
  for_each_record(file, {}, [&](const Record& r) { examples = task.examples_of(r); });
  return examples;
}

}  // namespace

TEST_SUITE("tasks") {
  TEST_CASE("the built-in formats are those of the published preprocessors, letter for letter") {
    std::set<std::string> seen;
    for (const Json& one : fixture()["formats"]) {
      std::string task = one["task"];
      seen.insert(task);
      CAPTURE(task);
      std::vector<TaskExample> examples = made(built_in_task(task), one["record"]);
      REQUIRE(examples.size() == one["examples"].size());
      for (size_t i = 0; i < examples.size(); ++i) {
        CHECK(examples[i].text.input == one["examples"][i][0].get<std::string>());
        CHECK(examples[i].text.target == one["examples"][i][1].get<std::string>());
      }
    }
    // What differs from one that was compared in its languages alone.
    for (const char* name : {"wmt_en_fr", "wmt_en_ro", "wmt_fr_en"}) seen.insert(name);
    std::vector<std::string> names = built_in_names();
    CHECK(seen == std::set<std::string>(names.begin(), names.end()));
  }

  TEST_CASE("mixing rates are seqio's") {
    int64_t cases = 0;
    for (const Json& one : fixture()["rates"]) {
      std::vector<double> rates = mixing_rates(one["sizes"], one["limit"], one["temperature"]);
      REQUIRE(rates.size() == one["rates"].size());
      for (size_t i = 0; i < rates.size(); ++i)
        CHECK(std::abs(rates[i] - one["rates"][i].get<double>()) <= 1e-12);
      ++cases;
    }
    CHECK(cases == 64);
  }

  TEST_CASE("every answer of SQuAD and of ReCoRD counts as right") {
    for (const Json& one : fixture()["formats"]) {
      if (one["task"] == "squad")
        CHECK(made(built_in_task("squad"), one["record"])[0].references ==
              std::vector<std::string>{"Ann ' s mill", "mill"});
      if (one["task"] == "record" && one["examples"].size() == 2)
        CHECK(made(built_in_task("record"), one["record"])[1].references ==
              std::vector<std::string>{"Ben", "Benjamin"});
    }
  }
}

}  // namespace t5
