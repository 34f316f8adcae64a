#include "tutorials/02-matmul/products.h"

#include <algorithm>
#include <vector>

#include "tensor/error.h"

namespace t5::lesson {

void naive_product(const real* a, const real* b, real* c, int64_t m, int64_t k, int64_t n) {
  // exercise 02-matmul/naive — the definition, element by element
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      real total = 0;
      for (int64_t p = 0; p < k; ++p) total += a[i * k + p] * b[p * n + j];
      c[i * n + j] = total;
    }
  // end exercise
}

void reordered_product(const real* a, const real* b, real* c, int64_t m, int64_t k, int64_t n) {
  // exercise 02-matmul/reordered — the same sums, walking along rows
  std::fill_n(c, m * n, real(0));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t p = 0; p < k; ++p) {
      real weight = a[i * k + p];
      const real* row = b + p * n;
      for (int64_t j = 0; j < n; ++j) c[i * n + j] += weight * row[j];
    }
  // end exercise
}

void multiply_tile(const Tile& t) {
  // Where a's rows begin. A tile that has fewer repeats its last one: computed, and not stored.
  const real* row[kTileRows];
  for (int64_t i = 0; i < kTileRows; ++i) row[i] = t.a + std::min(i, t.rows - 1) * t.a_stride;
  real sums[kTileRows][kTileColumns] = {};
  // exercise 02-matmul/tile — 96 sums grow together, in registers
  for (int64_t p = 0; p < t.depth; ++p) {
    const real* b = t.panel + p * kTileColumns;
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTileRows; ++i) {
      real weight = row[i][p];
#pragma omp simd
      for (int64_t j = 0; j < kTileColumns; ++j) sums[i][j] += weight * b[j];
    }
  }
  for (int64_t i = 0; i < t.rows; ++i)
    for (int64_t j = 0; j < t.columns; ++j) t.c[i * t.c_stride + j] += sums[i][j];
  // end exercise
}

namespace {

// Copies `columns` columns of b, rows `stride` apart, side by side into a panel; zeros fill it up.
void pack_panel(const real* b, int64_t stride, int64_t depth, int64_t columns, real* panel) {
  for (int64_t p = 0; p < depth; ++p, b += stride, panel += kTileColumns) {
    std::copy_n(b, columns, panel);
    std::fill(panel + columns, panel + kTileColumns, real(0));
  }
}

}  // namespace

void blocked_product(const real* a, const real* b, real* c, int64_t m, int64_t k, int64_t n) {
  std::vector<real> panel(kDepth * kTileColumns);
  std::fill_n(c, m * n, real(0));
  for (int64_t p = 0; p < k; p += kDepth)
    for (int64_t top = 0; top < m; top += kBlockRows)
      for (int64_t j = 0; j < n; j += kTileColumns) {
        int64_t depth = std::min(kDepth, k - p), bottom = std::min(top + kBlockRows, m);
        int64_t columns = std::min(kTileColumns, n - j);
        pack_panel(b + p * n + j, n, depth, columns, panel.data());
        for (int64_t i = top; i < bottom; i += kTileRows)
          multiply_tile({a + i * k + p, k, panel.data(), depth, c + i * n + j, n,
                         std::min(kTileRows, bottom - i), columns});
      }
}

}  // namespace t5::lesson
