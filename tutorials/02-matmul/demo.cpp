// How fast four ways of computing the same product are, on one core, and what the machine allows:
// one chart by size, and the roofline of the library's product by the number of rows. Two pictures
// of how the four walk.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"
#include "tensor/tools/rates.h"
#include "tutorials/02-matmul/machine.h"
#include "tutorials/02-matmul/pictures.h"
#include "tutorials/02-matmul/products.h"

using namespace t5;
using namespace t5::lesson;

namespace {

constexpr double kGiga = 1e9;

// One multiplication and one addition for each of m * k * n pairs.
double operations(int64_t m, int64_t k, int64_t n) {
  return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
}

Tensor random_matrix(int64_t rows, int64_t columns) {
  Random random(1);
  return Tensor::uniform({rows, columns}, random, -1, 1);
}

void openblas_product(const real* a, const real* b, real* c, int64_t m, int64_t k, int64_t n) {
  gemm(1, {a, m, k, k}, {b, k, n, n}, 0, {c, m, n, n});
}

struct Method {
  const char* name;
  Product* product;
  int64_t largest;  // size: the slow ones would take too long
};
constexpr Method kMethods[] = {{"naive", naive_product, 512},
                               {"reordered", reordered_product, 1024},
                               {"blocked", blocked_product, 1024},
                               {"OpenBLAS", openblas_product, 1024}};

// GFLOP/s of n x n matrices.
double rate(Product* product, int64_t n) {
  Tensor a = random_matrix(n, n), b = random_matrix(n, n), c({n, n});
  const real *left = a.data(), *right = b.data();
  double seconds = least_seconds([&] { product(left, right, c.mutable_data(), n, n, n); });
  return operations(n, n, n) / seconds / kGiga;
}

void compare_by_size(double peak, const std::string& folder) {
  Chart chart{"Products of two n x n matrices on one core", "n", "GFLOP/s", {}, false, true};
  for (const Method& method : kMethods)
    chart.series.push_back({method.name, {}, ChartSeries::Style::kMarked});
  fmt::print("GFLOP/s, n x n      naive  reordered    blocked   OpenBLAS\n");
  for (int64_t n : {32, 64, 96, 128, 192, 256, 384, 512, 768, 1024}) {
    fmt::print("n = {:<10}", n);
    for (size_t i = 0; i < std::size(kMethods); ++i) {
      if (n > kMethods[i].largest) {
        fmt::print("{:>11}", "-");
        continue;
      }
      double giga = rate(kMethods[i].product, n);
      chart.series[i].points.push_back({static_cast<double>(n), giga});
      fmt::print("{:>11.1f}", giga);
    }
    fmt::print("\n");
  }
  chart.series.push_back({"arithmetic alone", {{32, peak}, {1024, peak}}});
  write_file(folder + "/rates.svg", chart_svg(chart));
}

// (rows, k) x (k, n): the larger matrix comes from memory, once, however many rows there are.
void draw_roofline(double peak, double bandwidth, const std::string& folder) {
  constexpr int64_t k = 4096, n = 4096;
  Tensor weight = random_matrix(n, k);
  Chart chart{"The roofline: what memory and arithmetic allow",
              "operations per byte",
              "GFLOP/s",
              {},
              true,
              true};
  double least = 0.5, most = 200, ridge = peak / bandwidth;
  chart.series = {{"memory allows", {{least, bandwidth * least}, {2 * ridge, 2 * peak}}},
                  {"arithmetic allows", {{least, peak}, {most, peak}}},
                  {"measured", {}, ChartSeries::Style::kPoints}};
  fmt::print("\n(rows, {0}) x ({0}, {1})   operations per byte     GFLOP/s   allowed\n", k, n);
  for (int64_t rows : {1, 4, 16, 64, 256}) {
    Tensor x = random_matrix(rows, k), y({rows, n});
    double seconds = least_seconds([&] { gemm(1, x, weight.transpose(), 0, y); });
    double bytes = static_cast<double>(x.size() + weight.size() + y.size()) * sizeof(real);
    double intensity = operations(rows, k, n) / bytes;
    double giga = operations(rows, k, n) / seconds / kGiga;
    fmt::print("rows = {:<21}{:>19.1f}{:>12.1f}{:>10.1f}\n", rows, intensity, giga,
               std::min(peak, bandwidth * intensity));
    chart.series[2].points.push_back({intensity, giga});
  }
  write_file(folder + "/roofline.svg", chart_svg(chart));
}

}  // namespace

int main(int, char** arguments) {
  set_thread_count(1);
  double peak = peak_operations() / kGiga, bandwidth = t5::bandwidth() / kGiga;
  fmt::print("one core: arithmetic at most {:.0f} GFLOP/s, memory {:.1f} GB/s\n\n", peak,
             bandwidth);
  write_file(arguments[1] + std::string("/orders.svg"), orders_svg());
  write_file(arguments[1] + std::string("/tile.svg"), tile_svg());
  compare_by_size(peak, arguments[1]);
  draw_roofline(peak, bandwidth, arguments[1]);
}
