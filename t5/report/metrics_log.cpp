// Rows to JSON lines and back; see metrics_log.h.
#include "t5/report/metrics_log.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kBlock = 1 << 20;              // bytes written at a time
constexpr int64_t kMaxStep = int64_t{1} << 53;  // exact in a double

// Makes the row of a line in one pass, and names what is wrong with it. There may be millions of
// lines, and a Json of each would take three times as long.
class RowReader : public nlohmann::json_sax<Json> {
 public:
  RowReader(const std::string& path, int64_t number) : path_(path), number_(number) {}

  MetricsRow read(std::string_view line) {
    line_ = line;
    row_ = {-1, {}};
    Json::sax_parse(line, this);
    check_step(row_.step >= 0);
    return std::move(row_);
  }

  bool null() override { return add(std::numeric_limits<double>::quiet_NaN()); }
  bool number_integer(int64_t value) override { return add(static_cast<double>(value)); }
  bool number_unsigned(uint64_t value) override {
    if (name_ != "step") return add(static_cast<double>(value));
    check_new(row_.step < 0);
    check_step(value <= uint64_t{kMaxStep});
    row_.step = static_cast<int64_t>(value);
    return true;
  }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool boolean(bool) override { return refuse(); }
  bool string(std::string&) override { return refuse(); }
  bool binary(Json::binary_t&) override { return refuse(); }
  bool start_array(size_t) override { return refuse(); }
  bool end_array() override { return true; }
  bool start_object(size_t) override {
    if (is_open_) return refuse();
    return is_open_ = true;
  }
  bool end_object() override { return true; }
  bool key(std::string& name) override {
    name_ = name;
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception&) override {
    parse_json(line_, place());  // throws, and says why
    return false;
  }

 private:
  std::string place() const { return fmt::format("{}:{}", path_, number_); }

  bool add(double value) {
    if (!is_open_) return refuse();
    check_step(name_ != "step");
    for (const auto& [name, other] : row_.values) check_new(name != name_);
    row_.values.emplace_back(std::move(name_), value);
    return true;
  }

  bool refuse() const {
    check(is_open_, "{}: expected a JSON object", place());
    fail("{}: {}: expected a number or null", place(), name_);
  }
  void check_new(bool is_new) const {
    if (!is_new) fail("{}: the name \"{}\" appears twice", place(), name_);
  }
  void check_step(bool is_step) const {
    if (!is_step) fail("{}: step: expected an integer from 0 to {}", place(), kMaxStep);
  }

  const std::string& path_;
  int64_t number_;
  std::string_view line_;
  MetricsRow row_;
  std::string name_;
  bool is_open_ = false;
};

// Calls visit(line, row) for each row of the file. A last line that was cut short is passed over:
// no proper beginning of an object is valid JSON, so that one is never mistaken for a row.
template <class F>
void for_each_row(const std::string& path, F visit) {
  std::error_code error;
  auto status = std::filesystem::status(path, error);
  check(!exists(status) || is_regular_file(status), "{}: not a regular file", path);
  std::ifstream file(path, std::ios::binary);
  check(file.is_open(), "{}: cannot open: {}; check the path", path, std::strerror(errno));
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    MetricsRow row;
    try {
      row = RowReader(path, ++number).read(line);
    } catch (const Error&) {
      if (file.eof()) return;
      throw;
    }
    visit(line, row);
  }
  check(!file.bad(), "{}: cannot read: {}", path, std::strerror(errno));
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
  for_each_row(path, [&](const std::string&, const MetricsRow& row) { rows.push_back(row); });
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

void LossCurves::Curve::add(ChartPoint point) {
  constexpr size_t kMost = 4096;
  sum_ = {sum_.x + point.x, sum_.y + point.y};
  if (++rows_ < rows_per_mean_) return;
  means_.push_back(mean());
  sum_ = {0, 0};
  rows_ = 0;
  if (means_.size() < kMost) return;
  for (size_t i = 0; i < kMost / 2; ++i)  // two of a kind
    means_[i] = {(means_[2 * i].x + means_[2 * i + 1].x) / 2,
                 (means_[2 * i].y + means_[2 * i + 1].y) / 2};
  means_.resize(kMost / 2);
  rows_per_mean_ *= 2;
}

ChartPoint LossCurves::Curve::mean() const {
  return {sum_.x / static_cast<double>(rows_), sum_.y / static_cast<double>(rows_)};
}

std::vector<ChartPoint> LossCurves::Curve::points() const {
  std::vector<ChartPoint> points = means_;
  if (rows_ > 0) points.push_back(mean());
  return points;
}

void LossCurves::add(const MetricsRow& row) {
  for (const auto& [name, value] : row.values) {
    ChartPoint point{static_cast<double>(row.step), value};
    if (name == "loss") training_.add(point);
    if (name == "validation_loss") validation_.add(point);
  }
}

Chart LossCurves::chart(std::string title) const {
  using Style = ChartSeries::Style;
  Chart chart{std::move(title), "step", "loss", {}};
  auto add = [&](const char* label, const Curve& curve, Style style) {
    auto points = curve.points();
    if (!points.empty()) chart.series.push_back({label, std::move(points), style});
  };
  add("training", training_, Style::kSmoothed);
  add("validation", validation_, Style::kMarked);
  return chart;
}

Chart loss_chart(const std::vector<MetricsRow>& rows, std::string title) {
  LossCurves curves;
  for (const MetricsRow& row : rows) curves.add(row);
  return curves.chart(std::move(title));
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
  LossCurves curves;
  AtomicFile kept(path);
  std::string block;
  size_t size = 0;
  auto write = [&] {
    kept.write(block);
    size += block.size();
    block.clear();
  };
  for_each_row(path, [&](const std::string& line, const MetricsRow& row) {
    if (row.step > step) return;
    block.append(line).append("\n");
    if (block.size() > kBlock) write();
    curves.add(row);
  });
  write();
  if (size != std::filesystem::file_size(path)) kept.commit();
  MetricsLog log(path);
  log.curves_ = std::move(curves);
  return log;
}

void MetricsLog::append(const MetricsRow& row) {
  std::string line = metrics_line(row) + "\n";
  bool is_written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                    std::fflush(file_.get()) == 0;
  check(is_written, "{}: cannot write: {}", path_, std::strerror(errno));
  curves_.add(row);
}

}  // namespace t5
