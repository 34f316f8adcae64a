// Where ops lie under this machine's roofline, and what the head with its loss costs, in time and
// in memory, with its logits as a whole and in chunks. On one thread.
#include <fmt/format.h>

#include <functional>

#include "autograd/fused/fused.h"
#include "autograd/reference.h"
#include "t5/files/atomic_file.h"
#include "t5/model/model.h"
#include "t5/report/chart.h"
#include "tensor/parallel.h"
#include "tutorials/02-matmul/machine.h"
#include "tutorials/21-performance/roofline.h"

using namespace t5;
using namespace t5::lesson;

namespace {

constexpr int64_t kWidth = 512, kVocabulary = 32128;  // t5-small's head

Tensor random_matrix(int64_t rows, int64_t columns) {
  Random random(1);
  return Tensor::normal({rows, columns}, random);
}

double count(int64_t rows, int64_t columns) { return static_cast<double>(rows * columns); }

// A head and its loss, forward and backward.
struct Head {
  Var x, w{random_matrix(kVocabulary, kWidth), true};
  Ids labels;

  explicit Head(int64_t rows) : x(random_matrix(rows, kWidth), true), labels(rows, 7) {}
  void forget() const { x.zero_grad(), w.zero_grad(); }
  void plain() const { forget(), cross_entropy(linear(x, w), labels).backward(); }
  void in_chunks() const { forget(), linear_cross_entropy(x, w, labels).backward(); }
};

struct Op {
  const char* name;
  Work work;
  std::function<void()> run;
};

// Work is counted op by op: numbers read and written, 4 bytes each, and operations. An exponential
// is 25 of them; an RMS norm does four for each number.
std::vector<Op> ops() {
  auto head = std::make_shared<Head>(512);
  auto norms = std::make_shared<std::pair<Var, Var>>(Var(random_matrix(16384, kWidth)),
                                                     Var(Tensor::full({kWidth}, 1)));
  auto logits = std::make_shared<Var>(random_matrix(512, kVocabulary));
  auto one = std::make_shared<Var>(random_matrix(1, kWidth));
  double states = count(16384, kWidth), table = count(kVocabulary, kWidth);
  double scores = count(512, kVocabulary);
  return {
      {"one row times 512 x 32128", {2 * table, 4 * table}, [=] { linear(*one, head->w); }},
      {"RMS norm of simple ops",  // squares 2, mean 1, quotient 2, product 2
       {4 * states, 4 * 7 * states},
       [=] { reference::rms_norm(norms->first, norms->second, real(1e-6)); }},
      {"RMS norm, fused",  // read once, written once
       {4 * states, 4 * 2 * states},
       [=] { rms_norm(norms->first, norms->second, real(1e-6)); }},
      {"cross-entropy of logits",
       {28 * scores, 4 * scores},
       [=] { cross_entropy(*logits, head->labels); }},
      {"head and loss, plain", plain_head({512, kWidth, kVocabulary}), [=] { head->plain(); }},
      {"head and loss, in chunks", chunked_head({512, kWidth, kVocabulary}, 128),
       [=] { head->in_chunks(); }},
  };
}

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
  for (const Op& op : ops()) {
    double seconds = least_seconds(op.run);
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
  Chart chart{"Memory of the head and its loss, forward and backward", "rows", "MB", {}};
  chart.series = {{"logits as a whole", {}, ChartSeries::Style::kMarked},
                  {"in chunks", {}, ChartSeries::Style::kMarked}};
  fmt::print("\nhead and loss, t5-small's    plain: ms    MB    in chunks: ms    MB\n");
  for (int64_t rows : {128, 256, 512, 1024}) {
    Head head(rows);
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

}  // namespace

int main(int, char** arguments) {
  set_thread_count(1);
  Machine machine{peak_operations(), read_bandwidth()};
  fmt::print("one core: {:.0f} GFLOP/s, {:.1f} GB/s, ridge at {:.1f} operations a byte\n\n",
             machine.operations / 1e9, machine.bytes / 1e9, machine.operations / machine.bytes);
  draw_roofline(machine, arguments[1]);
  compare_heads(arguments[1]);
}
