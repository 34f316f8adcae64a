// The metrics file of a training run: JSON lines, one row per measurement.
//
//   {"step":100,"loss":1.23,"learning_rate":0.01,"tokens_per_second":5120}
//   {"step":200,"validation_loss":1.31,"validation_token_accuracy":0.71}
//
// Rows are appended and flushed one at a time, so that a run that was killed leaves at most its
// last line damaged; reading and resuming drop that one. Other damage is an Error that names file
// and line. NaN and infinities, which JSON lacks, are written as null and read as NaN.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "t5/report/chart.h"

namespace t5 {

struct MetricsRow {
  int64_t step = 0;
  std::vector<std::pair<std::string, double>> values;  // in the order of the file
};

// The row as one line of JSON, without the newline. Throws Error when a name is "step", appears
// twice or is not UTF-8.
std::string metrics_line(const MetricsRow& row);

// The rows of the file at `path`, in its order. Throws Error when it is missing or damaged before
// its last line.
std::vector<MetricsRow> read_metrics(const std::string& path);

// (step, value) of each row that has the value called `name`.
std::vector<ChartPoint> metrics_series(const std::vector<MetricsRow>& rows,
                                       const std::string& name);

// The chart of "loss" (smoothed) and "validation_loss" (marked) over the steps.
Chart loss_chart(const std::vector<MetricsRow>& rows, std::string title);

class MetricsLog {
 public:
  // Starts an empty file; an old one is replaced.
  static MetricsLog create(const std::string& path);

  // Continues a run from its checkpoint at `step`: rows of later steps are dropped, atomically, and
  // the others kept byte for byte. A missing file is an empty one.
  static MetricsLog resume_at(const std::string& path, int64_t step);

  // Adds a row and hands it to the system. Throws Error when the disk is full.
  void append(const MetricsRow& row);

 private:
  explicit MetricsLog(std::string path);

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace t5
