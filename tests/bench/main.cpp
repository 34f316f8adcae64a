// make bench: what this machine can do, and what kernels, training steps, tokens and the start of
// the program cost against their lower bounds.
//
// build/bench [--threads N] [--only PART]…

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "t5/report/message.h"
#include "tensor/error.h"
#include "tensor/ops/blas.h"
#include "tensor/parallel.h"
#include "tests/bench/bench.h"

using namespace t5;

namespace {

struct Part {
  std::string name;
  std::function<void()> run;
  bool by_default = true;
};

std::vector<Part> parts(const std::string& build) {
  return {{"rates", bench::bench_rates},
          {"ops", bench::bench_ops},
          {"tiny", bench::bench_tiny},
          {"mini", bench::bench_mini},
          {"t5-small", bench::bench_t5_small},
          {"length", bench::bench_length},
          // needs what tests/bench/peers.py makes
          {"corpus", [build] { bench::bench_corpus(build); }, false},
          {"token", [build] { bench::bench_token(build); }},
          {"batches", [build] { bench::bench_batches(build); }},
          {"start", [build] { bench::bench_start(build); }}};
}

void run(int argc, char** argv) {
  std::vector<Part> all = parts(std::filesystem::path(argv[0]).parent_path().string());
  std::set<std::string> names, only;
  for (const Part& part : all) names.insert(part.name);
  for (int i = 1; i < argc; i += 2) {
    std::string option = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--threads" && std::atoi(value.c_str()) > 0)
      set_thread_count(std::atoi(value.c_str()));
    else if (option == "--only" && names.contains(value))
      only.insert(value);
    else
      fail("{} {}: give --threads N, or --only and one of {}", option, value,
           fmt::join(names, ", "));
  }
  fmt::print("{}, {} kernels, {} threads\n", blas_version(), blas_core(), thread_count());
  for (const Part& part : all)
    if (only.empty() ? part.by_default : only.contains(part.name)) part.run();
}

}  // namespace

int main(int argc, char** argv) try { run(argc, argv); } catch (const std::exception& error) {
  message("bench: {}", error.what());
  return 1;
}
