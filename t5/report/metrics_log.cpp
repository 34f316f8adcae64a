// Rows to JSON lines and back; see metrics_log.h.
#include "t5/report/metrics_log.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr int64_t kMaxStep = int64_t{1} << 53;  // exact in a double

MetricsRow parse_row(std::string_view line, const std::string& place) {
  JsonObject object(parse_json(line, place), place);
  MetricsRow row{object.integer("step", 0, kMaxStep), {}};
  // Parsed again for the order of the keys, now that it is known to be sound.
  const auto ordered = nlohmann::ordered_json::parse(line);
  for (const auto& [name, value] : ordered.items()) {
    if (name == "step") continue;
    check(value.is_number() || value.is_null(), "{}: {}: expected a number or null", place, name);
    row.values.emplace_back(
        name, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  return row;
}

// Calls visit(line, row) for each row of `text`. A last line that was cut short is passed over: no
// proper beginning of an object is valid JSON, so that one is never mistaken for a row.
template <class F>
void for_each_row(std::string_view text, const std::string& path, F visit) {
  for (int64_t number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    MetricsRow row;
    try {
      row = parse_row(line, fmt::format("{}:{}", path, number));
    } catch (const Error&) {
      if (end == text.npos) return;
      throw;
    }
    visit(line, row);
  }
}

}  // namespace

std::string metrics_line(const MetricsRow& row) {
  std::string line = fmt::format("{{\"step\":{}", row.step);
  std::set<std::string> names = {"step"};
  for (const auto& [name, value] : row.values) {
    check(names.insert(name).second, "metrics_line: the name \"{}\" appears twice", name);
    std::string key = json_text(name);  // quoted, and a newline
    key.pop_back();
    line += fmt::format(",{}:{}", key, std::isfinite(value) ? fmt::format("{}", value) : "null");
  }
  return line + "}";
}

std::vector<MetricsRow> read_metrics(const std::string& path) {
  std::vector<MetricsRow> rows;
  for_each_row(read_file(path), path,
               [&](std::string_view, const MetricsRow& row) { rows.push_back(row); });
  return rows;
}

std::vector<ChartPoint> metrics_series(const std::vector<MetricsRow>& rows,
                                       const std::string& name) {
  std::vector<ChartPoint> points;
  for (const MetricsRow& row : rows)
    for (const auto& [key, value] : row.values)
      if (key == name) points.push_back({static_cast<double>(row.step), value});
  return points;
}

Chart loss_chart(const std::vector<MetricsRow>& rows, std::string title) {
  using Style = ChartSeries::Style;
  Chart chart{std::move(title), "step", "loss", {}};
  auto add = [&](const char* label, const char* name, Style style) {
    auto points = metrics_series(rows, name);
    if (!points.empty()) chart.series.push_back({label, std::move(points), style});
  };
  add("training", "loss", Style::kSmoothed);
  add("validation", "validation_loss", Style::kMarked);
  return chart;
}

MetricsLog::MetricsLog(std::string path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "ab"), &std::fclose) {
  check(file_ != nullptr, "{}: cannot write here: {}; check the directory and its permissions",
        path_, std::strerror(errno));
}

MetricsLog MetricsLog::create(const std::string& path) {
  write_file(path, "");
  return MetricsLog(path);
}

MetricsLog MetricsLog::resume_at(const std::string& path, int64_t step) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return create(path);
  std::string text = read_file(path), kept;
  for_each_row(text, path, [&](std::string_view line, const MetricsRow& row) {
    if (row.step <= step) kept.append(line).append("\n");
  });
  if (kept != text) write_file(path, kept);
  return MetricsLog(path);
}

void MetricsLog::append(const MetricsRow& row) {
  std::string line = metrics_line(row) + "\n";
  bool is_written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                    std::fflush(file_.get()) == 0;
  check(is_written, "{}: cannot write: {}", path_, std::strerror(errno));
}

}  // namespace t5
