// Elementwise kernels, reductions and row kernels against plain loops; each in the suite of the
// chapter that first needs it.
#include "tensor/ops/elementwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::vector<real> values(std::initializer_list<real> list) { return list; }

// Element `index` (row-major, of `shape`) of x stretched to `shape`, by the definition.
real stretched_element(const Tensor& x, const Shape& shape, int64_t index) {
  int64_t offset = 0;
  for (int axis = -1; axis >= -shape.rank(); --axis) {
    int64_t at = index % shape[axis];
    index /= shape[axis];
    if (-axis <= x.rank() && x.dim(axis) != 1) offset += at * x.strides()[axis];
  }
  return x.data()[offset];
}

// A tensor of a shape that broadcasts to `full`, sometimes a transposed or sliced view.
Tensor random_operand(const Shape& full, Random& random) {
  Shape shape;
  for (auto axis = static_cast<int>(random.below(full.rank() + 1)); axis < full.rank(); ++axis)
    shape.push_back(random.below(3) == 0 ? 1 : full[axis]);
  if (shape.rank() >= 2 && random.below(3) == 0) {
    Shape turned = shape;
    std::swap(turned[0], turned[-1]);
    return Tensor::normal(turned, random).transpose(0, -1);
  }
  if (shape.rank() >= 1 && random.below(3) == 0) {
    Shape wider = shape;
    wider[-1] += 2;
    return Tensor::normal(wider, random).slice(-1, 1, 1 + shape[-1]);
  }
  return Tensor::normal(shape, random);
}

}  // namespace

TEST_SUITE("01-tensors") {
  TEST_CASE("map: any mixture of broadcast and strided operands equals the plain loop") {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      INFO("seed ", seed);
      Random random(seed);
      Shape full;
      for (int64_t axes = 1 + random.below(4); axes > 0; --axes) full.push_back(random.below(5));
      Tensor a = random_operand(full, random), b = random_operand(full, random);
      Tensor y = map([](real p, real q) { return p - 2 * q; }, a, b);
      REQUIRE(y.shape() == broadcast_shape("", a.shape(), b.shape()));
      std::vector<real> got = y.to_vector();
      for (int64_t i = 0; i < y.size(); ++i)
        REQUIRE(got[i] ==
                stretched_element(a, y.shape(), i) - 2 * stretched_element(b, y.shape(), i));
    }
  }

  TEST_CASE("update: writes in place, and only into contiguous elements") {
    Tensor y = counting({2, 3});
    update([](real old, real add) { return 10 * old + add; }, y, counting({3}));
    CHECK(y.to_vector() == values({0, 11, 22, 30, 41, 52}));
    Tensor turned = y.transpose();
    CHECK(error_of([&] { update([](real v) { return v; }, turned); }) ==
          "update: the tensor that is written, (3, 2), must be contiguous");
    CHECK_THROWS_AS(update([](real v, real) { return v; }, y, counting({4})), Error);
  }

  TEST_CASE("map: large tensors are the same on one thread and on two") {
    Tensor a = random_tensor({300, 500}, 1), b = random_tensor({500}, 2);
    auto run = [&](int threads) {
      Threads scope(threads);
      return map([](real p, real q) { return p * q + 1; }, a.transpose().contiguous_copy(),
                 b.reshape({500, 1}));
    };
    CHECK(identical(run(1), run(2)));
  }

  TEST_CASE("sum and maximum: every axis of a strided tensor equals the plain loop") {
    Tensor x = random_tensor({4, 3, 5}, 3).transpose(0, 2);  // (5, 3, 4)
    for (int axis : {0, 1, 2, -1, -2, -3}) {
      Shape shape = x.shape();
      int64_t n = shape[axis];
      shape[axis] = 1;
      Tensor total = Tensor::zeros(shape), best = Tensor::full(shape, -100);
      for (int64_t i = 0; i < n; ++i) {
        total = map([](real p, real q) { return p + q; }, total, x.slice(axis, i, i + 1));
        best = map([](real p, real q) { return std::max(p, q); }, best, x.slice(axis, i, i + 1));
      }
      CHECK(gap(sum(x, axis), total) <= kRounding);
      CHECK(identical(maximum(x, axis), best));
    }
    CHECK(sum(counting({2, 3})).item() == 15);
    CHECK(sum(Tensor::scalar(3)).item() == 3);
    CHECK_THROWS_AS(maximum(counting({2, 0}), 1), Error);
  }

  TEST_CASE("sum: an axis without elements sums to zero") {
    CHECK(identical(sum(Tensor({3, 0}), 1), Tensor::zeros({3, 1})));
    CHECK(identical(sum(Tensor({0, 3}), 0), Tensor::zeros({1, 3})));
  }
}

TEST_SUITE("06-optimisers") {
  TEST_CASE("squared_norm: no precision is lost over many elements") {
    int64_t n = 3'000'000;
    Tensor x = Tensor::full({n}, real(0.1));
    double each = static_cast<double>(real(0.1)) * real(0.1);
    // A plain sum in float would be off by percents; the blocks of 4096 lose up to 4096 roundings.
    CHECK(squared_norm(x) == doctest::Approx(each * static_cast<double>(n)).epsilon(1e-4));
    x.mutable_data()[7] = NAN;
    CHECK(std::isnan(squared_norm(x)));
    CHECK_THROWS_AS(squared_norm(counting({2, 3}).transpose()), Error);
  }
}

TEST_SUITE("09-attention") {
  TEST_CASE("softmax: rows sum to one, and neither large nor minus-infinite scores break it") {
    Tensor x = Tensor::from({3, 3}, {1, 2, 3, 1000, 999, -1000, real(-INFINITY), 0, 0});
    std::vector<real> p = softmax(x).to_vector();
    CHECK(p[2] == doctest::Approx(0.6652409558).epsilon(1e-6));
    CHECK(p[3] == doctest::Approx(0.7310585786).epsilon(1e-6));
    CHECK(p[5] == 0);
    CHECK(p[6] == 0);
    CHECK(p[7] == doctest::Approx(0.5));
    for (int r = 0; r < 3; ++r)
      CHECK(p[3 * r] + p[3 * r + 1] + p[3 * r + 2] == doctest::Approx(1).epsilon(1e-6));
    CHECK(log_softmax(x).at({1, 2}) == doctest::Approx(-2000.3132617).epsilon(1e-6));
    CHECK(std::isnan(softmax(Tensor::from({2}, {real(NAN), 0})).at({1})));
  }

  TEST_CASE("log_sum_exp and softmax_row agree with exponentials in double") {
    Tensor x = random_tensor({37}, 5);
    double total = 0;
    for (real v : x.to_vector()) total += std::exp(static_cast<double>(v));
    CHECK(log_sum_exp(x.data(), 37) == doctest::Approx(std::log(total)).epsilon(kSums));
    CHECK(softmax_row(x.mutable_data(), 37) == doctest::Approx(std::log(total)).epsilon(kSums));
    CHECK(softmax_row(x.mutable_data(), 0) == 0);
  }
}

TEST_SUITE("16-generation") {
  TEST_CASE("argmax: the first of equal maxima, row by row, on views too") {
    Tensor x = Tensor::from({2, 3}, {1, 5, 5, -2, -3, -1});
    CHECK(argmax(x) == Ids{1, 2});
    CHECK(argmax(x.transpose()) == Ids{0, 0, 0});
  }
}

TEST_SUITE("08-embeddings") {
  TEST_CASE("gather_rows and scatter_add_rows: repeated ids are read often and add up") {
    Tensor table = counting({4, 2});
    CHECK(gather_rows(table, {3, 0, 3}).to_vector() == values({6, 7, 0, 1, 6, 7}));
    Tensor into = Tensor::full({4, 2}, 100);
    scatter_add_rows(into, {3, 0, 3}, counting({2, 3}).transpose());
    CHECK(into.to_vector() == values({101, 104, 100, 100, 100, 100, 102, 108}));
  }

  TEST_CASE("gather_rows: an id outside the table names the id and the table") {
    Tensor table = counting({4, 2});
    for (Id id : {Id(4), Id(-1)}) {
      std::string message = error_of([&] { gather_rows(table, {0, id}); });
      CHECK(message.find("id " + std::to_string(id)) != std::string::npos);
      CHECK(message.find("4 rows") != std::string::npos);
    }
    CHECK_THROWS_AS(scatter_add_rows(table, {4}, counting({1, 2})), Error);
    CHECK_THROWS_AS(scatter_add_rows(table, {0, 1}, counting({1, 2})), Error);
  }

  TEST_CASE("scatter_add_rows: the same bits on one thread and on two") {
    Ids ids;
    Random random(6);
    for (int i = 0; i < 400; ++i) ids.push_back(static_cast<Id>(random.below(20)));
    Tensor rows = Tensor::normal({400, 200}, random);
    auto run = [&](int threads) {
      Threads scope(threads);
      Tensor table = Tensor::zeros({20, 200});
      scatter_add_rows(table, ids, rows);
      return table;
    };
    CHECK(identical(run(1), run(2)));
  }
}

TEST_SUITE("01-tensors") {
  TEST_CASE("concatenate: along every axis, of views, and refusing what does not fit") {
    Tensor a = counting({2, 2}), b = counting({3, 2});
    CHECK(concatenate({a, b}, 0).to_vector() == values({0, 1, 2, 3, 0, 1, 2, 3, 4, 5}));
    CHECK(concatenate({a, b.transpose()}, -1).to_vector() ==
          values({0, 1, 0, 2, 4, 2, 3, 1, 3, 5}));
    CHECK(error_of([&] {
            concatenate({a, b}, 1);
          }) == "concatenate: (3, 2) beside (2, 2) along axis 1");
    CHECK_THROWS_AS(concatenate({a, counting({2})}, 0), Error);
    CHECK_THROWS_AS(concatenate({}, 0), Error);
  }
}
