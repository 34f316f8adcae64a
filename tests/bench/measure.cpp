// Clocks and the table.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "tests/bench/bench.h"

namespace t5::bench {
namespace {

// Keeps the times of every repetition instead of printing them.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration)
        times.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
  }

  std::vector<double> times;
};

}  // namespace

double median(std::vector<double> values) {
  auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double seconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_seconds(double budget, const std::function<double()>& measure) {
  std::vector<double> times;
  double spent = 0;
  while (times.size() < 3 || spent < budget) spent += seconds([&] { times.push_back(measure()); });
  return median(times);
}

double kernel_seconds(const std::function<void()>& work, const std::function<void()>& prepare) {
  auto repeat = [&](benchmark::State& state) {
    for (auto _ : state) {
      prepare();
      state.SetIterationTime(seconds(work));
    }
  };
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark("kernel", repeat)->UseManualTime()->MinTime(0.02)->Repetitions(5);
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  return median(collector.times);
}

void print_heading(const std::string& title) {
  fmt::print("\n{}\n{:>54}{:>12}{:>8}\n", title, "ms", "bound, ms", "ratio");
}

void print_row(const std::string& name, double time, double bound, const std::string& note) {
  fmt::print("{:<44}{:>10.3f}{:>12.3f}{:>8.2f}{}{}\n", name, 1e3 * time, 1e3 * bound, time / bound,
             note.empty() ? "" : "   ", note);
  std::fflush(stdout);
}

}  // namespace t5::bench
