// The metrics file of a training run: JSON lines, one row per measurement.
//
//   {"step":100,"loss":1.23,"learning_rate":0.01,"tokens_per_second":5120}
//   {"step":200,"validation_loss":1.31,"validation_token_accuracy":0.71}
//
// Rows are appended and flushed one at a time, so that a run that was killed leaves at most its
// last line damaged; reading and resuming drop that one. Other damage is an Error that names file
// and line. NaN and infinities, which JSON lacks, are written as null and read as NaN. The file may
// have any size: it is read a line at a time, and by a run that is resumed once.
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

// The curves of "loss" and "validation_loss" over the steps, in bounded memory: of a long run a
// point is the mean of as many rows as it takes to have no more than 4,096.
class LossCurves {
 public:
  void add(const MetricsRow& row);
  Chart chart(std::string title) const;  // training smoothed, validation marked

 private:
  class Curve {
   public:
    void add(ChartPoint point);
    std::vector<ChartPoint> points() const;

   private:
    ChartPoint mean() const;  // of the rows of the sum

    std::vector<ChartPoint> means_;
    int64_t rows_per_mean_ = 1, rows_ = 0;  // rows_: of the sum, which is no mean yet
    ChartPoint sum_{0, 0};
  };

  Curve training_, validation_;
};

// The chart of all rows.
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

  const LossCurves& curves() const { return curves_; }  // of all rows in the file

 private:
  explicit MetricsLog(std::string path);

  std::string path_;
  LossCurves curves_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace t5
