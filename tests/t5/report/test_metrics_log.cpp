// The metrics file: rows there and back, kills, resumes and damage.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "t5/files/atomic_file.h"
#include "t5/report/metrics_log.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;

const std::string kRows =
    "{\"step\":100,\"loss\":1.5,\"learning_rate\":0.01}\n"
    "{\"step\":200,\"loss\":1.25,\"learning_rate\":0.01}\n"
    "{\"step\":200,\"validation_loss\":1.375}\n"
    "{\"step\":300,\"loss\":1.125,\"learning_rate\":0.005}\n";

std::string first_rows(int count) {
  size_t end = 0;
  while (count-- > 0) end = kRows.find('\n', end) + 1;
  return kRows.substr(0, end);
}

TEST_SUITE("14-training") {
  TEST_CASE("metrics_line: step first, values in order, the shortest text that reads back") {
    CHECK(metrics_line({100, {{"loss", 0.1}, {"a", 1e-30}, {"tokens_per_second", 5120}}}) ==
          "{\"step\":100,\"loss\":0.1,\"a\":1e-30,\"tokens_per_second\":5120}");
    CHECK(metrics_line({0, {}}) == "{\"step\":0}");
    CHECK(metrics_line({1, {{"a\"b\n", 2}}}) == "{\"step\":1,\"a\\\"b\\n\":2}");
  }

  TEST_CASE("metrics_line: NaN and infinities are null") {
    CHECK(metrics_line({1, {{"a", NAN}, {"b", INFINITY}, {"c", -INFINITY}}}) ==
          "{\"step\":1,\"a\":null,\"b\":null,\"c\":null}");
  }

  TEST_CASE("metrics_line: a name given twice is an error") {
    CHECK_THROWS_WITH_AS(metrics_line({1, {{"a", 1}, {"a", 2}}}), Contains("\"a\" appears twice"),
                         Error);
    CHECK_THROWS_WITH_AS(metrics_line({1, {{"step", 1}}}), Contains("\"step\""), Error);
  }

  TEST_CASE("MetricsLog: rows come back with names in order and equal values") {
    TemporaryDirectory directory;
    std::string path = directory / "metrics.jsonl";
    MetricsLog log = MetricsLog::create(path);
    log.append({1, {{"z", 1.0 / 3}, {"a", -2.5e-300}, {"n", NAN}}});
    log.append({2, {{"z", 1e22}}});
    auto rows = read_metrics(path);  // while it is open: every row is flushed
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].step == 1);
    REQUIRE(rows[0].values.size() == 3);
    CHECK(rows[0].values[0] == std::pair<std::string, double>("z", 1.0 / 3));
    CHECK(rows[0].values[1] == std::pair<std::string, double>("a", -2.5e-300));
    CHECK(rows[0].values[2].first == "n");
    CHECK(std::isnan(rows[0].values[2].second));
    CHECK(rows[1].values[0].second == 1e22);
  }

  TEST_CASE("MetricsLog: create replaces an old file") {
    TemporaryDirectory directory;
    std::string path = directory.file("metrics.jsonl", kRows);
    MetricsLog::create(path).append({1, {{"loss", 2}}});
    CHECK(read_file(path) == "{\"step\":1,\"loss\":2}\n");
  }

  TEST_CASE("MetricsLog: resume_at drops every later row, keeps the others and appends") {
    TemporaryDirectory directory;
    for (auto [step, kept] : {std::pair(99, 0), {100, 1}, {199, 1}, {200, 3}, {300, 4}, {999, 4}}) {
      CAPTURE(step);
      std::string path = directory.file("metrics.jsonl", kRows);
      MetricsLog::resume_at(path, step).append({step + 1, {{"loss", 1}}});
      CHECK(read_file(path) ==
            first_rows(kept) + fmt::format("{{\"step\":{},\"loss\":1}}\n", step + 1));
    }
    CHECK(directory.entries() == 1);
  }

  TEST_CASE("MetricsLog: resume_at without a file starts one") {
    TemporaryDirectory directory;
    MetricsLog::resume_at(directory / "metrics.jsonl", 5).append({6, {}});
    CHECK(read_file(directory / "metrics.jsonl") == "{\"step\":6}\n");
  }

  TEST_CASE("MetricsLog: a kill at any byte costs the row being written and no other") {
    TemporaryDirectory directory;
    for (size_t size = first_rows(3).size(); size < kRows.size(); ++size) {
      CAPTURE(size);
      std::string path = directory.file("metrics.jsonl", kRows.substr(0, size));
      bool is_whole = size + 1 == kRows.size();  // only the newline is missing
      CHECK(read_metrics(path).size() == (is_whole ? 4 : 3));
      MetricsLog::resume_at(path, 1000).append({1001, {}});
      CHECK(read_file(path) == first_rows(is_whole ? 4 : 3) + "{\"step\":1001}\n");
    }
  }

  TEST_CASE("MetricsLog: other damage is one error with file and line, and changes nothing") {
    TemporaryDirectory directory;
    struct Case {
      const char *line, *message;
    };
    for (auto [line, message] :
         {Case{"{\"step\":10,\"lo", "not valid JSON"}, Case{"", "not valid JSON"},
          Case{"{\"loss\":1}", "step: expected an integer"}, Case{"[1]", "expected a JSON object"},
          Case{"{\"step\":-1}", "step: expected an integer"},
          Case{"{\"step\":1,\"loss\":\"x\"}", "loss: expected a number or null"},
          Case{"{\"step\":1,\"loss\":1,\"loss\":2}", "appears twice"},
          Case{"{\"step\":1,\"loss\":1e999}", "not valid JSON"}}) {
      std::string text = first_rows(2) + line + "\n" + kRows;
      std::string path = directory.file("metrics.jsonl", text);
      std::string place = path + ":3: ";
      CHECK_THROWS_WITH_AS(read_metrics(path), Contains(place.c_str()), Error);
      CHECK_THROWS_WITH_AS(read_metrics(path), Contains(message), Error);
      CHECK_THROWS_WITH_AS(MetricsLog::resume_at(path, 100), Contains(message), Error);
      CHECK(read_file(path) == text);
    }
    CHECK_THROWS_WITH_AS(read_metrics(directory / "none"), Contains("cannot open"), Error);
    CHECK_THROWS_WITH_AS(MetricsLog::create(directory / "no/metrics.jsonl"), Contains("no/metrics"),
                         Error);
  }

  TEST_CASE("MetricsLog: a full disk is an error") {
    if (!std::filesystem::exists("/dev/full")) {
      MESSAGE("skipped: there is no /dev/full");
      return;
    }
    MetricsLog log = MetricsLog::create("/dev/full");
    CHECK_THROWS_WITH_AS(log.append({1, {}}), Contains("/dev/full: cannot write: No space"), Error);
  }

  TEST_CASE("MetricsLog: a file of any size goes on, and its picture knows all of it") {
    TemporaryDirectory directory;
    std::string path = directory / "metrics.jsonl", row = "{\"step\":5,\"loss\":2}";
    {
      std::ofstream file(path);
      std::string wide = row + std::string((1 << 20) - row.size() - 1, ' ') + "\n";
      for (int i = 0; i < 70; ++i) file << wide;  // 70 MiB
      file << "{\"step\":6,\"loss\":8}\n{\"step\":7,\"lo";
    }
    MetricsLog log = MetricsLog::resume_at(path, 5);
    CHECK(std::filesystem::file_size(path) == size_t{70} << 20);
    log.append({6, {{"loss", 4}}});
    auto points = log.curves().chart("A run").series.at(0).points;
    REQUIRE(points.size() == 71);
    CHECK(points[69].y == 2);
    CHECK(points[70].y == 4);
    CHECK(read_metrics(path).size() == 71);
  }

  TEST_CASE("the picture of a run has all its points, or their means when there are thousands") {
    LossCurves curves;
    auto points = [&] { return curves.chart("A run").series.at(0).points; };
    double sum = 0;
    for (int64_t step = 1; step <= 100000; ++step) {
      double loss = 1.0 / static_cast<double>(step);
      curves.add({step, {{"rate", 7}, {"loss", loss}}});
      curves.add({step, {{"validation_loss", 2}}});
      sum += loss;
      if (step == 4000) {
        REQUIRE(points().size() == 4000);
        CHECK(points()[2999].x == 3000);
        CHECK(points()[2999].y == 1.0 / 3000);
      }
    }
    auto few = points();
    CHECK(few.size() > 2000);
    CHECK(few.size() <= 4096);
    CHECK(few[0].x == doctest::Approx(16.5));  // the mean of steps 1 to 32
    double area = 0;
    for (size_t i = 0; i + 1 < few.size(); ++i) area += 32 * few[i].y;
    CHECK(area == doctest::Approx(sum).epsilon(1e-4));
    CHECK(few.back().x > 99980);
    CHECK(curves.chart("A run").series.at(1).points.size() == few.size());
  }

  TEST_CASE("metrics_series, loss_chart: the curves of a run") {
    TemporaryDirectory directory;
    auto rows = read_metrics(directory.file("metrics.jsonl", kRows));
    auto loss = metrics_series(rows, "loss");
    REQUIRE(loss.size() == 3);
    CHECK(loss[2].x == 300);
    CHECK(loss[2].y == 1.125);
    CHECK(metrics_series(rows, "nothing").empty());
    Chart chart = loss_chart(rows, "A run");
    REQUIRE(chart.series.size() == 2);
    CHECK(chart.series[0].points.size() == 3);
    CHECK(chart.series[1].points.size() == 1);
    CHECK(chart.series[1].points[0].y == 1.375);
    CHECK(loss_chart({}, "Nothing yet").series.empty());
  }
}

}  // namespace
}  // namespace t5
