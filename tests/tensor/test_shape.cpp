// Shapes, strides and the rule of broadcasting: numbers about tensors, before there are any.
#include "tensor/shape.h"

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Every position of a shape in row-major order: the last index runs fastest, as on a counter.
std::vector<std::vector<int64_t>> positions(const std::vector<int64_t>& shape) {
  std::vector<std::vector<int64_t>> all{{}};
  for (int64_t extent : shape) {
    std::vector<std::vector<int64_t>> longer;
    for (const auto& position : all)
      for (int64_t index = 0; index < extent; ++index) {
        longer.push_back(position);
        longer.back().push_back(index);
      }
    all = longer;
  }
  return all;
}

std::string stretched(const Shape& a, const Shape& b) {
  return to_string(broadcast_shape("op", a, b));
}

}  // namespace

TEST_SUITE("00-first-run") {
  TEST_CASE("size: a tensor of shape (2, 3, 5) has 2 * 3 * 5 elements, a scalar has one") {
    REQUIRE(Shape({2, 3, 5}).size() == 30);
    CHECK(Shape({7}).size() == 7);
    CHECK(Shape().size() == 1);  // no axes: a product of nothing
    CHECK(Shape({4, 0, 6}).size() == 0);
  }

  TEST_CASE("size: the tensors of t5-small have 60,506,624 elements together") {
    // How many parameters of each shape the published model has: docs/notation.md has the letters.
    const int64_t V = 32128, M = 512, F = 2048, H = 8, buckets = 32;
    const int64_t blocks = 6, attentions = 3 * blocks, norms = 5 * blocks + 2;
    int64_t total = Shape({V, M}).size()                                          // embedding
                    + attentions * 4 * Shape({M, M}).size()                       // q, k, v, o
                    + 2 * Shape({buckets, H}).size()                              // position bias
                    + 2 * blocks * (Shape({F, M}).size() + Shape({M, F}).size())  // feed-forward
                    + norms * Shape({M}).size();
    CHECK(total == 60'506'624);
  }
}

TEST_SUITE("01-tensors") {
  TEST_CASE("shape: axes count from the front and from the back") {
    Shape shape{2, 3, 5};
    CHECK(shape.rank() == 3);
    CHECK(shape.size() == 30);
    CHECK(shape[0] == 2);
    CHECK(shape[-1] == 5);
    CHECK(shape[-3] == 2);
    CHECK(to_string(shape) == "(2, 3, 5)");
    CHECK_FALSE(Shape({2, 3}) == Shape({2, 3, 1}));
  }

  TEST_CASE("shape: a missing axis, a fifth axis and a negative extent are refused") {
    Shape shape{2, 3};
    CHECK(error_of([&] { return shape[2]; }) == "axis 2 does not exist in (2, 3)");
    CHECK(error_of([&] { return shape[-3]; }) == "axis -3 does not exist in (2, 3)");
    CHECK(error_of([] { return Shape({1, 1, 1, 1, 1}); }) == "shape: more than 4 axes");
    CHECK(error_of([] { return Shape({2, -1}); }) == "shape: negative extent -1");
  }

  TEST_CASE("strides: one step along an axis passes over all elements of the axes behind it") {
    CHECK(to_string(row_major_strides({2, 3, 5})) == "(15, 5, 1)");
    CHECK(to_string(row_major_strides({4})) == "(1)");
    CHECK(to_string(row_major_strides({})) == "()");
    CHECK(to_string(row_major_strides({4, 0})) == "(0, 1)");
  }

  TEST_CASE("strides: counting through all positions counts through memory") {
    for (const auto& extents : std::vector<std::vector<int64_t>>{
             {7}, {3, 4}, {4, 3}, {1, 5}, {5, 1}, {2, 3, 4}, {3, 1, 2}, {2, 3, 4, 5}}) {
      Shape shape(extents), strides = row_major_strides(shape);
      INFO("shape ", to_string(shape), ", strides ", to_string(strides));
      REQUIRE(strides.rank() == shape.rank());
      int64_t expected = 0;
      for (const auto& position : positions(extents)) {
        int64_t offset = 0;
        for (int axis = 0; axis < shape.rank(); ++axis) offset += position[axis] * strides[axis];
        INFO("position ", to_string(Shape(position)));
        REQUIRE(offset == expected++);
      }
    }
  }

  TEST_CASE("broadcasting: axes are aligned at the back; missing ones and ones of 1 stretch") {
    CHECK(stretched({2, 3}, {2, 3}) == "(2, 3)");
    CHECK(stretched({2, 3}, {3}) == "(2, 3)");
    CHECK(stretched({3}, {2, 3}) == "(2, 3)");
    CHECK(stretched({2, 1, 3}, {4, 1}) == "(2, 4, 3)");
    CHECK(stretched({4, 1}, {2, 1, 3}) == "(2, 4, 3)");
    CHECK(stretched({}, {2, 3}) == "(2, 3)");
    CHECK(stretched({}, {}) == "()");
  }

  TEST_CASE("broadcasting: 1 against 0 is 0, for an empty axis has nothing to repeat") {
    CHECK(stretched({1}, {0}) == "(0)");
    CHECK(stretched({0, 3}, {1, 3}) == "(0, 3)");
  }

  TEST_CASE("broadcasting: extents that do not fit name the operation, both shapes and the axis") {
    CHECK(error_of([] {
            broadcast_shape("mul", {2, 5}, {4, 5});
          }) == "mul: shapes (2, 5) and (4, 5) do not broadcast: 2 against 4 at axis -2");
    CHECK(error_of([] {
            broadcast_shape("add", {3}, {2, 4});
          }) == "add: shapes (3) and (2, 4) do not broadcast: 3 against 4 at axis -1");
    CHECK(error_of([] { broadcast_shape("add", {3}, {0}); }) ==
          "add: shapes (3) and (0) do not broadcast: 3 against 0 at axis -1");
  }
}
