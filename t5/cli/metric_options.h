// The options that say which metrics are asked for and how they read texts: of t5 metrics and
// t5 evaluate.
#pragma once

#include <string>
#include <vector>

#include "t5/cli/program.h"
#include "t5/metrics/metric.h"

namespace t5 {

struct MetricFlags {
  MetricOptions options;
  double smooth_value = -1;  // below 0: the method's own

  MetricOptions chosen() const;
};

// --metrics, whose help lists all of them; `others` are those that the command knows beside the
// table's.
void declare_metric_names(Options& options, std::vector<std::string>& names,
                          const std::vector<std::string>& others);

// Wrong usage when a name stands twice: an answer has each once.
void check_names(const std::vector<std::string>& names);

void declare_metric_options(Options& options, MetricFlags& o);

}  // namespace t5
