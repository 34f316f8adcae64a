// The lesson's products against the definition in whole numbers: small ones are exact in floating
// point, so that every order of addition gives the same bits and the comparison is by ==.
#include "tutorials/02-matmul/products.h"

#include "tests/support.h"

using namespace t5;
using namespace t5::lesson;
using namespace t5::testing;

namespace {

using Numbers = std::vector<real>;

Numbers whole_numbers(int64_t count, uint64_t seed) {
  Random random(seed);
  Numbers numbers(count);
  for (real& x : numbers) x = static_cast<real>(random.below(17) - 8);
  return numbers;
}

// Element (i, j) of a b by the definition, in whole numbers.
int64_t element(const Numbers& a, const Numbers& b, int64_t i, int64_t j, int64_t k, int64_t n) {
  int64_t total = 0;
  for (int64_t p = 0; p < k; ++p)
    total += static_cast<int64_t>(a[i * k + p]) * static_cast<int64_t>(b[p * n + j]);
  return total;
}

// Where `product` is wrong, in words; empty when it is right. What it must overwrite holds NaN.
std::string mistake(Product* product, int64_t m, int64_t k, int64_t n) {
  Numbers a = whole_numbers(m * k, 1), b = whole_numbers(k * n, 2), c(m * n + 1, real(NAN));
  c.back() = 12345;
  product(a.data(), b.data(), c.data(), m, k, n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      int64_t expected = element(a, b, i, j, k, n);
      if (c[i * n + j] != static_cast<real>(expected))
        return fmt::format("({}, {}) x ({}, {}): element ({}, {}) should be {}, is {}", m, k, k, n,
                           i, j, expected, c[i * n + j]);
    }
  return c.back() == 12345 ? "" : fmt::format("({}, {}): written beyond the end of c", m, n);
}

const std::vector<int64_t> kExtents{1, 2, 5, 6, 7, 16, 17, 33};

}  // namespace

TEST_SUITE("02-matmul") {
  TEST_CASE("naive: two rows times two columns, as on paper") {
    // | 1 2 3 |   | 1 0 |   | 1 + 4 + 0   0 + 2 + 3 |
    // | 4 5 6 | x | 2 1 | = | 4 + 10 + 0  0 + 5 + 6 |
    //             | 0 1 |
    Numbers a{1, 2, 3, 4, 5, 6}, b{1, 0, 2, 1, 0, 1}, c(4);
    naive_product(a.data(), b.data(), c.data(), 2, 3, 2);
    CHECK(c == Numbers{5, 5, 14, 11});
  }

  TEST_CASE("naive: every size equals the definition, a sum of nothing included") {
    for (int64_t m : kExtents)
      for (int64_t n : kExtents)
        for (int64_t k : {0, 1, 3, 8}) REQUIRE(mistake(naive_product, m, k, n) == "");
  }

  TEST_CASE("reordered: every size equals the definition") {
    for (int64_t m : kExtents)
      for (int64_t n : kExtents)
        for (int64_t k : {0, 1, 3, 8}) REQUIRE(mistake(reordered_product, m, k, n) == "");
  }

  TEST_CASE("tile: adds its products to what c holds") {
    int64_t depth = 5;
    Numbers a = whole_numbers(kTileRows * depth, 3), panel = whole_numbers(depth * kTileColumns, 4);
    Numbers c(kTileRows * kTileColumns, 1000);
    multiply_tile(
        {a.data(), depth, panel.data(), depth, c.data(), kTileColumns, kTileRows, kTileColumns});
    for (int64_t i = 0; i < kTileRows; ++i)
      for (int64_t j = 0; j < kTileColumns; ++j) {
        INFO("element (", i, ", ", j, ")");
        REQUIRE(c[i * kTileColumns + j] == 1000 + element(a, panel, i, j, depth, kTileColumns));
      }
  }

  TEST_CASE("tile: at the edge of c, only rows and columns that exist are written") {
    int64_t depth = 3, stride = kTileColumns + 2;
    for (int64_t rows : {int64_t{1}, kTileRows - 1, kTileRows})
      for (int64_t columns : {int64_t{1}, kTileColumns - 1}) {
        Numbers a = whole_numbers(rows * depth, 5), panel = whole_numbers(depth * kTileColumns, 6);
        Numbers c((kTileRows + 1) * stride, 7);
        multiply_tile({a.data(), depth, panel.data(), depth, c.data(), stride, rows, columns});
        for (int64_t i = 0; i <= kTileRows; ++i)
          for (int64_t j = 0; j < stride; ++j) {
            INFO(rows, " rows, ", columns, " columns: element (", i, ", ", j, ")");
            bool inside = i < rows && j < columns;
            int64_t added = inside ? element(a, panel, i, j, depth, kTileColumns) : 0;
            REQUIRE(c[i * stride + j] == 7 + added);
          }
      }
  }

  TEST_CASE("blocked: every size equals the definition, several blocks along each side included") {
    for (int64_t m : kExtents)
      for (int64_t n : kExtents)
        for (int64_t k : {0, 1, 3, 8}) REQUIRE(mistake(blocked_product, m, k, n) == "");
    CHECK(mistake(blocked_product, 6, 600, 16) == "");
    CHECK(mistake(blocked_product, 400, 20, 40) == "");
    CHECK(mistake(blocked_product, 200, 300, 50) == "");
  }
}
