// Where ops lie under this machine's roofline, and what the head with its loss costs, in time and
// in memory, with its logits as a whole and in chunks: alone, and in a step of t5-small. On one
// thread.
#include <fmt/format.h>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "tensor/parallel.h"
#include "tensor/tools/rates.h"
#include "tutorials/02-matmul/machine.h"
#include "tutorials/21-performance/ops.h"
#include "tutorials/21-performance/roofline.h"
#include "tutorials/21-performance/step.h"

using namespace t5;
using namespace t5::lesson;

namespace {

void draw_roofline(const Machine& machine, const std::string& folder) {
  Chart chart{"Where ops lie under the roofline", "operations per byte", "GFLOP/s", {}, true, true};
  chart.x_range = {0.1, 1000}, chart.y_range = {0.1, 1000};
  double ridge = machine.operations / machine.bytes, giga = 1e9;
  chart.series.push_back({"this machine, one core",
                          {{0.1, 0.1 * machine.bytes / giga},
                           {ridge, machine.operations / giga},
                           {1000, machine.operations / giga}}});
  fmt::print("{:<28}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "op/byte", "GFLOP/s", "allowed", "ms",
             "bound");
  for (const MeasuredOp& op : ops()) {
    double seconds = least_seconds(op.run, 0.1);
    Bound limit = bound(op.work, machine);
    double rate = op.work.operations / seconds / giga;
    fmt::print("{:<28}{:>10.2f}{:>10.1f}{:>10.1f}{:>10.1f}{:>10.1f}\n", op.name,
               op.work.intensity(), rate, limit.rate / giga, 1e3 * seconds, 1e3 * limit.seconds);
    chart.series.push_back({op.name, {{op.work.intensity(), rate}}, ChartSeries::Style::kMarked});
  }
  write_file(folder + "/roofline.svg", chart_svg(chart));
}

// The most that tensors take during `work`, beyond what there was before, in MB.
double extra_megabytes(const std::function<void()>& work) {
  int64_t before = memory_statistics().live_bytes;
  reset_peak_memory();
  work();
  return static_cast<double>(memory_statistics().peak_bytes - before) / 1e6;
}

void compare_heads(const std::string& folder) {
  Chart chart{"Memory of the head and its loss", "rows", "MB", {}};
  chart.series = {{"logits as a whole", {}, ChartSeries::Style::kMarked},
                  {"in chunks", {}, ChartSeries::Style::kMarked}};
  fmt::print("\nhead and loss, t5-small's    plain: ms    MB    in chunks: ms    MB\n");
  for (int64_t rows : {128, 256, 512, 1024}) {
    LargeHead head(rows);
    auto plain = [&] { head.plain(); };
    auto chunks = [&] { head.in_chunks(); };
    head.forget();
    double whole = extra_megabytes(plain);
    head.forget();
    double part = extra_megabytes(chunks);
    double before = least_seconds(plain, 0), after = least_seconds(chunks, 0);
    chart.series[0].points.push_back({static_cast<double>(rows), whole});
    chart.series[1].points.push_back({static_cast<double>(rows), part});
    fmt::print("{:<28}{:>10.0f}{:>6.0f}{:>17.0f}{:>6.0f}\n", fmt::format("{} rows", rows),
               1e3 * before, whole, 1e3 * after, part);
  }
  write_file(folder + "/memory.svg", chart_svg(chart));
}

// A step's two passes, before and after the head became one op. The first run of each finds memory
// that the system has yet to hand out.
void profile_steps() {
  auto model = make_model(preset_config("t5-small"), 1);
  Batch batch = random_batch(model->config(), 8, 32, 64);
  StepProfile before, after;
  for (int run = 0; run < 2; ++run) {
    before = profile_step(*model, batch, false);
    after = profile_step(*model, batch, true);
  }
  fmt::print("\nt5-small, 8 pairs of 32 and 64 tokens, ms       plain   in chunks\n");
  auto row = [&](const char* name, double a, double b) {
    fmt::print("{:<44}{:>9.0f}{:>12.0f}\n", name, 1e3 * a, 1e3 * b);
  };
  row("encoder and decoder", before.stacks, after.stacks);
  row("head and loss", before.head, after.head);
  row("backward", before.backward, after.backward);
  row("together", before.seconds(), after.seconds());
  row("MB beside the weights, at most", before.megabytes / 1e3, after.megabytes / 1e3);
}

}  // namespace

int main(int, char** arguments) {
  set_thread_count(1);
  Machine machine{peak_operations(), bandwidth()};
  fmt::print("one core: {:.0f} GFLOP/s, {:.1f} GB/s, ridge at {:.1f} operations a byte\n\n",
             machine.operations / 1e9, machine.bytes / 1e9, machine.operations / machine.bytes);
  draw_roofline(machine, arguments[1]);
  compare_heads(arguments[1]);
  profile_steps();
}
