// Matrix products from the definition to two thirds of OpenBLAS: the lesson's own code, which
// the library does not use (tensor/ops/matmul.h does its products).
//
// All compute c = a b for a (m, k), b (k, n) and c (m, n), row-major and without gaps, on one
// thread, and overwrite c. Shapes are the caller's responsibility.
#pragma once

#include <cstdint>

#include "tensor/real.h"

namespace t5::lesson {

// The type of such a function: a line `Product f;` declares f.
using Product = void(const real* a, const real* b, real* c, int64_t m, int64_t k, int64_t n);

// Element by element: c[i, j] is the dot product of row i of a and column j of b.
Product naive_product;

// Row by row: row i of c is a sum of rows of b, weighted by row i of a.
Product reordered_product;

// Tile by tile: kTileRows x kTileColumns elements of c at a time, in registers.
Product blocked_product;

// A tile of c stays in registers: 6 x 16 floats are 12 of the 16 registers of AVX2.
constexpr int64_t kTileRows = 6, kTileColumns = 64 / sizeof(real);
// A block of a is kBlockRows x kDepth numbers, which the second-level cache holds; a panel of b
// kDepth x kTileColumns, which the first does.
constexpr int64_t kBlockRows = 32 * kTileRows, kDepth = 256;

// c[i, j] += sum_p a[i, p] panel[p, j] for i < rows <= kTileRows and j < columns <= kTileColumns.
// Rows of a and c are `a_stride` and `c_stride` apart; the panel has kTileColumns columns, without
// gaps, of which the last may be padding.
struct Tile {
  const real* a;
  int64_t a_stride;
  const real* panel;
  int64_t depth;
  real* c;
  int64_t c_stride;
  int64_t rows, columns;
};
void multiply_tile(const Tile& t);

}  // namespace t5::lesson
