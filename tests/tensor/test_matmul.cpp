// Matrix products against the definition: three loops in double.
#include "tensor/ops/matmul.h"

#include <dlfcn.h>

#include <array>

#include "tensor/ops/elementwise.h"
#include "tensor/ops/few_rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// (m, k) x (k, n), element by element.
Tensor naive(const Tensor& a, const Tensor& b) {
  Tensor c({a.dim(0), b.dim(1)});
  for (int64_t i = 0; i < a.dim(0); ++i)
    for (int64_t j = 0; j < b.dim(1); ++j) {
      double total = 0;
      for (int64_t p = 0; p < a.dim(1); ++p)
        total += static_cast<double>(a.at({i, p})) * b.at({p, j});
      c.mutable_data()[i * b.dim(1) + j] = static_cast<real>(total);
    }
  return c;
}

// (rows, columns) stored plainly, transposed, as a slice with spare columns, as its transpose, with
// a step between the elements of a row, as one row repeated, as one column repeated.
constexpr int kLayouts = 7;
Tensor matrix(int layout, int64_t rows, int64_t columns, Random& random) {
  switch (layout) {
    case 0:
      return Tensor::normal({rows, columns}, random);
    case 1:
      return Tensor::normal({columns, rows}, random).transpose();
    case 2:
      return Tensor::normal({rows, columns + 3}, random).slice(1, 2, 2 + columns);
    case 3:
      return Tensor::normal({columns, rows + 3}, random).slice(1, 1, 1 + rows).transpose();
    case 4:
      return Tensor::normal({rows, columns, 2}, random).select(2, 1);
    case 5:
      return Tensor::normal({1, columns}, random).broadcast_to({rows, columns});
    default:
      return Tensor::normal({rows, 1}, random).broadcast_to({rows, columns});
  }
}

}  // namespace

TEST_SUITE("02-matmul") {
  TEST_CASE("matmul: every layout and every size, 0 and 1 included, equals the triple loop") {
    Random random(1);
    for (int left = 0; left < kLayouts; ++left)
      for (int right = 0; right < kLayouts; ++right)
        for (int64_t m : {0, 1, 2, 5})
          for (int64_t k : {0, 1, 3})
            for (int64_t n : {0, 1, 4}) {
              INFO("layouts ", left, " ", right, ", ", m, " x ", k, " x ", n);
              Tensor a = matrix(left, m, k, random), b = matrix(right, k, n, random);
              REQUIRE(gap(matmul(a, b), naive(a, b)) <= kSums);
            }
  }

  TEST_CASE("matmul: larger products equal the triple loop") {
    Random random(2);
    for (auto [m, k, n] : {std::array{70, 130, 33}, {1, 200, 90}, {90, 200, 1}, {65, 64, 129}}) {
      Tensor a = matrix(3, m, k, random), b = matrix(2, k, n, random);
      CHECK(gap(matmul(a, b), naive(a, b)) <= kSums);
    }
  }

  TEST_CASE("matmul: results so high or so wide that each thread has several panels of them") {
    Random random(4);
    for (auto [m, k, n] : {std::array<int64_t, 3>{9001, 7, 20}, {130, 7, 9001}, {20, 7, 9001}}) {
      Tensor a = Tensor::normal({m, k}, random), b = Tensor::normal({k, n}, random);
      INFO(m, " x ", k, " x ", n);
      CHECK(difference(matmul(a, b), naive(a, b)) == "");
    }
  }

  TEST_CASE("matmul: a batch multiplies matrix by matrix, in row-major order of its axes") {
    // Products number 0, 1, 2, … scale the unit matrix by 0, 1, 2, …: c tells which it got.
    Tensor scale = counting({2, 3, 1, 1}), unit = Tensor::from({2, 2}, {1, 0, 0, 1});
    Tensor a = map([](real s, real u) { return s * u; }, scale, unit);
    Tensor b = counting({2, 2}), c = matmul(a, b);
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 3; ++j)
        for (int64_t row = 0; row < 2; ++row)
          for (int64_t column = 0; column < 2; ++column) {
            INFO("product (", i, ", ", j, "), element (", row, ", ", column, ")");
            REQUIRE(c.at({i, j, row, column}) == (3 * i + j) * b.at({row, column}));
          }
  }

  TEST_CASE("matmul: leading axes broadcast") {
    Random random(3);
    Tensor a = Tensor::normal({2, 1, 3, 4}, random), b = Tensor::normal({3, 4, 2}, random);
    Tensor c = matmul(a, b);
    REQUIRE(c.shape() == Shape({2, 3, 3, 2}));
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 3; ++j)
        CHECK(gap(c.select(0, i).select(0, j),
                  naive(a.select(0, i).select(0, 0), b.select(0, j))) <= kSums);
    CHECK(matmul(Tensor({0, 2, 3}), Tensor({3, 4})).shape() == Shape({0, 2, 4}));
  }

  TEST_CASE("matmul: batches of heads in split and transposed layout") {
    Random random(4);
    Tensor q = Tensor::normal({5, 3, 4}, random).transpose(0, 1);  // (T, H, D) -> (H, T, D)
    Tensor k = Tensor::normal({6, 3, 4}, random).transpose(0, 1).transpose();
    Tensor scores = matmul(q, k);
    for (int64_t h = 0; h < 3; ++h)
      CHECK(gap(scores.select(0, h), naive(q.select(0, h), k.select(0, h))) <= kSums);
  }

  TEST_CASE("matmul: many small products are the same on one thread and on two") {
    Tensor a = random_tensor({200, 20, 30}, 5), b = random_tensor({200, 30, 10}, 6);
    auto run = [&](int threads) {
      Threads scope(threads);
      return matmul(a, b);
    };
    CHECK(identical(run(1), run(2)));
  }

  TEST_CASE("matmul: mismatched inner dimensions and batches name both shapes") {
    CHECK(error_of([] {
            matmul(counting({2, 5}), counting({4, 8}));
          }) == "matmul: inner dimensions differ in (2, 5) x (4, 8)");
    CHECK(error_of([] {
            matmul(counting({5}), counting({5, 8}));
          }) == "matmul: (5) x (5, 8): both need at least two axes");
    CHECK_THROWS_AS(matmul(counting({2, 1, 3}), counting({5, 3, 1})), Error);
  }

  TEST_CASE("gemm: beta 0 overwrites NaN memory, beta 1 adds, alpha scales") {
    Random random(7);
    for (int64_t m : {1, 2, 5})
      for (int64_t k : {0, 1, 6})
        for (int64_t n : {1, 3, 7}) {
          INFO(m, " x ", k, " x ", n);
          Tensor a = Tensor::normal({m, k}, random), b = Tensor::normal({n, k}, random).transpose();
          Tensor c = Tensor::full({m, n}, real(NAN));
          gemm(2, a, b, 0, c);
          Tensor expected = map([](real v) { return 2 * v; }, naive(a, b));
          REQUIRE(gap(c, expected) <= kSums);
          c = Tensor::full({m, n}, 10);
          gemm(1, a, b, 1, c);
          REQUIRE(gap(c, map([](real v) { return 10 + v; }, naive(a, b))) <= kSums);
          c = Tensor::full({m, n}, 10);
          gemm(-1, a, b, real(0.5), c);
          REQUIRE(gap(c, map([](real v) { return 5 - v; }, naive(a, b))) <= kSums);
        }
  }

  TEST_CASE("gemm: a result with spare columns leaves them alone") {
    Random random(8);
    for (int64_t m : {1, 4})
      for (int64_t n : {1, 3}) {
        Tensor a = Tensor::normal({m, 5}, random), b = Tensor::normal({5, n}, random);
        Tensor wide = Tensor::full({m, n + 2}, 7);
        Tensor c = wide.slice(1, 1, 1 + n);
        gemm(1, a, b, 0, c);
        CHECK(gap(c, naive(a, b)) <= kSums);
        for (int64_t i = 0; i < m; ++i) {
          CHECK(wide.at({i, 0}) == 7);
          CHECK(wide.at({i, n + 1}) == 7);
        }
      }
  }

  TEST_CASE("gemm: shapes that do not fit and a result that cannot be written are refused") {
    Tensor c({2, 3});
    CHECK(error_of([&] {
            gemm(1, counting({2, 4}), counting({5, 3}), 0, c);
          }) == "gemm: (2, 4) x (5, 3) does not give (2, 3)");
    Tensor turned = Tensor({3, 2}).transpose();
    CHECK(error_of([&] {
            gemm(1, counting({2, 4}), counting({4, 3}), 0, turned);
          }) == "gemm: the result must be contiguous along its rows");
  }

  TEST_CASE("a product leaves the caller's number of OpenMP threads as it was") {
    auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (get == nullptr) return;  // OpenBLAS with threads of its own, or none
    const int before = get();
    for (int count : {3, 1, 5}) {
      set(count);
      for (int threads : {1, 2}) {
        Threads scope(threads);
        matmul(random_tensor({200, 200}, 1), random_tensor({200, 200}, 2));
        CHECK(get() == count);
      }
    }
    set(before);
  }

  TEST_CASE("blas: the core and the version are named") {
    CHECK(blas_core().size() > 2);
    if (blas_version() == "Accelerate") return;
    CHECK(blas_version().find("OpenBLAS ") == 0);
    CHECK(blas_version().find(' ', 9) == std::string::npos);
  }
}

TEST_SUITE("16-generation") {
  TEST_CASE(
      "few rows times a large matrix: every size of the last block, strides, alpha and beta") {
    for (int threads : {1, 3})
      for (int64_t rows = 1; rows <= 9; ++rows)
        for (int64_t outputs : {1, 4, 7, 600})
          for (int64_t depth : {1, 15, 16, 33, 300}) {
            Threads scope(threads);
            Tensor x = random_tensor({rows, depth + 3}, 1).slice(1, 0, depth);
            Tensor w = random_tensor({outputs, depth + 5}, 2).slice(1, 0, depth);
            Tensor y = random_tensor({rows, outputs}, 3);
            Tensor products = matmul(x.contiguous_copy(), w.contiguous_copy().transpose());
            Tensor expected = map([](real p, real old) { return 2 * p + old / 2; }, products, y);
            multiply_few_rows({rows, outputs, depth, x.data(), depth + 3, w.data(), depth + 5,
                               y.mutable_data(), outputs, 2, real(0.5)});
            REQUIRE(gap(y, expected) < kSums);
            y.fill(NAN);  // beta 0 does not read y
            multiply_few_rows({rows, outputs, depth, x.data(), depth + 3, w.data(), depth + 5,
                               y.mutable_data(), outputs});
            REQUIRE(gap(y, products) < kSums);
          }
  }
}
