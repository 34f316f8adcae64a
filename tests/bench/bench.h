// What the parts of the bench share: clocks, the rates that bounds are made of, the table.
//
// Every row is a time, a lower bound for it, and their ratio. The bounds come from this run: bytes
// that must be moved at the measured bandwidth, products at the rates measured for their sizes. The
// ratio is what to look at; the times are the machine's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace t5::bench {

double median(std::vector<double> values);
double seconds(const std::function<void()>& work);  // of one call
// The median of as many results of measure(), which are seconds, as fit into `budget` seconds, and
// of three at least.
double median_seconds(double budget, const std::function<double()>& measure);
// The same of a kernel that takes microseconds to milliseconds, by Google Benchmark. prepare() runs
// before every call and is not counted.
double kernel_seconds(
    const std::function<void()>& work, const std::function<void()>& prepare = [] {});

void print_heading(const std::string& title);
void print_row(const std::string& name, double time, double bound, const std::string& note = "");

// Operations per second of fused multiply-adds that stay in registers, of thread_count() threads
// together. The rates of memory and of products are the library's (tensor/tools/rates.h).
double fma_rate();

// Seconds for multiplying rows of x with so many weights of `bytes` bytes: the weights read once,
// or the products, whichever takes longer. Numbers of half the width are multiplied twice as fast
// where a processor has instructions for them.
double weights_bound(double weights, int bytes, int64_t rows);

// Seconds of Y = X W', and of dX = dY W and dW = dY' X together, for (m, k) and (n, k) matrices.
// `items` such products run one per thread (attention's, or those of replicas of a small model); a
// single one is split among the threads.
struct ProductTime {
  double forward, backward;
  double total() const { return forward + backward; }
};
ProductTime product_time(int64_t m, int64_t n, int64_t k, int64_t items = 1);

// The parts. `build` is the folder of this program, where models and corpora are put.
void bench_rates();
void bench_ops();
void bench_tiny();
void bench_mini();
void bench_t5_small();
void bench_length();
void bench_corpus(const std::string& build);
void bench_token(const std::string& build);
void bench_batches(const std::string& build);
void bench_start(const std::string& build);

}  // namespace t5::bench
