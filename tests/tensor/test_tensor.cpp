// Elements, views, broadcasting, copies: in the order of the lesson.
#include "tensor/ops/elementwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::vector<real> values(std::initializer_list<real> list) { return list; }

// Where the first element lies; reading it needs no copy of shared storage.
const real* start(const Tensor& x) { return x.data(); }

}  // namespace

TEST_SUITE("01-tensors") {
  TEST_CASE("at: an element lies where the strides lead, and nowhere else") {
    Tensor x = counting({2, 3, 4});  // x[i, j, k] = 12 i + 4 j + k
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 3; ++j)
        for (int64_t k = 0; k < 4; ++k) {
          INFO("position (", i, ", ", j, ", ", k, ")");
          REQUIRE(x.at({i, j, k}) == 12 * i + 4 * j + k);
          REQUIRE(x.transpose(0, 2).at({k, j, i}) == 12 * i + 4 * j + k);
        }
    CHECK(Tensor::scalar(5).at({}) == 5);
  }

  TEST_CASE("at: a view starts where its offset says") {
    Tensor row = counting({3, 4}).select(0, 2);
    CHECK(row.at({0}) == 8);
    CHECK(row.at({3}) == 11);
  }

  TEST_CASE("at: an index outside its axis is refused, not read") {
    Tensor x = counting({2, 3});
    CHECK(error_of([&] { x.at({0, 3}); }) == "at: index 3 is outside axis 1 of (2, 3)");
    CHECK(error_of([&] { x.at({2, 0}); }) == "at: index 2 is outside axis 0 of (2, 3)");
    CHECK(error_of([&] { x.at({0, -1}); }) == "at: index -1 is outside axis 1 of (2, 3)");
    CHECK(error_of([&] { x.at({0}); }) == "at: 1 indices for shape (2, 3)");
  }

  TEST_CASE("slice: the range moves the start and shortens one extent; strides stay") {
    Tensor x = counting({4, 6});
    Tensor rows = x.slice(0, 1, 3), columns = x.slice(-1, 2, 5);
    CHECK(to_string(rows.shape()) == "(2, 6)");
    CHECK(to_string(rows.strides()) == "(6, 1)");
    CHECK(start(rows) - start(x) == 6);
    CHECK(to_string(columns.shape()) == "(4, 3)");
    CHECK(to_string(columns.strides()) == "(6, 1)");
    CHECK(start(columns) - start(x) == 2);
    CHECK(to_string(x.slice(0, 4, 4).shape()) == "(0, 6)");  // the empty range at the end
  }

  TEST_CASE("slice: of a slice, and of a transposed tensor, walks by that view's strides") {
    Tensor x = counting({4, 6});
    CHECK(start(x.slice(0, 1, 4).slice(0, 1, 2)) - start(x) == 12);
    Tensor part = x.transpose().slice(0, 2, 4);  // columns 2 and 3 of x, as rows
    CHECK(to_string(part.strides()) == "(1, 6)");
    CHECK(start(part) - start(x) == 2);
    CHECK(start(x.transpose().slice(1, 2, 4)) - start(x) == 12);
  }

  TEST_CASE("slice: a range outside the axis names range, axis and shape") {
    Tensor x = counting({2, 3});
    CHECK(error_of([&] { x.slice(1, 2, 4); }) == "slice: [2, 4) is outside axis 1 of (2, 3)");
    CHECK(error_of([&] { x.slice(0, 2, 1); }) == "slice: [2, 1) is outside axis 0 of (2, 3)");
    CHECK(error_of([&] { x.slice(0, -1, 1); }) == "slice: [-1, 1) is outside axis 0 of (2, 3)");
  }

  TEST_CASE("broadcast_to: what is repeated is walked with a stride of 0, and not copied") {
    Tensor x = counting({2, 1});
    Tensor wide = x.broadcast_to({3, 2, 2});
    CHECK(to_string(wide.shape()) == "(3, 2, 2)");
    REQUIRE(to_string(wide.strides()) == "(0, 1, 0)");
    CHECK(start(wide) == start(x));
    CHECK(wide.to_vector() == values({0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
    CHECK(to_string(counting({3}).broadcast_to({2, 3}).strides()) == "(0, 1)");
    CHECK(to_string(Tensor::scalar(1).broadcast_to({2, 3}).strides()) == "(0, 0)");
  }

  TEST_CASE("broadcast_to: a view keeps the strides of the axes that are not repeated") {
    Tensor columns = counting({2, 3}).transpose().broadcast_to({4, 3, 2});
    REQUIRE(to_string(columns.strides()) == "(0, 1, 3)");
    CHECK(columns.at({3, 2, 1}) == 5);
  }

  TEST_CASE("broadcast_to: the shape that a tensor has already leaves it as it is") {
    for (Shape shape : {Shape{1, 3}, Shape{3, 1}, Shape{2, 3}, Shape{1}}) {
      INFO(to_string(shape));
      Tensor x = counting(shape);
      CHECK(to_string(x.broadcast_to(shape).strides()) == to_string(x.strides()));
      CHECK(x.broadcast_to(shape).contiguous());
    }
  }

  TEST_CASE("broadcast_to: a tensor is stretched, never shrunk or cut") {
    CHECK(error_of([] {
            counting({2}).broadcast_to({3, 1});
          }) == "broadcast_to: (2) does not stretch to (3, 1)");
    CHECK(error_of([] {
            counting({2, 3}).broadcast_to({3});
          }) == "broadcast_to: (2, 3) does not stretch to (3)");
  }

  TEST_CASE("views: slice, select, transpose and reshape share the elements") {
    Tensor x = counting({2, 3, 4});
    Tensor part = x.slice(2, 1, 3);
    CHECK(part.shape() == Shape({2, 3, 2}));
    CHECK(part.at({1, 2, 0}) == 21);
    CHECK(x.select(1, 2).at({1, 3}) == 23);
    CHECK(x.select(-1, 0).shape() == Shape({2, 3}));
    CHECK(x.transpose(0, 2).at({3, 1, 1}) == 19);
    CHECK(x.transpose().shape() == Shape({2, 4, 3}));
    Tensor flat = x.reshape({24});
    flat.mutable_data()[7] = -1;
    CHECK(x.at({0, 1, 3}) == -1);
    CHECK(start(part) == start(x) + 1);
  }

  TEST_CASE("views: a slice of a transposed slice reads the right elements") {
    Tensor x = counting({4, 6}).slice(0, 1, 4).slice(1, 2, 5).transpose().slice(0, 1, 3);
    CHECK(x.shape() == Shape({2, 3}));
    CHECK(x.to_vector() == values({9, 15, 21, 10, 16, 22}));
    CHECK_FALSE(x.contiguous());
    CHECK(x.reshape({6}).to_vector() == x.to_vector());
    CHECK(x.select(0, 1).to_vector() == values({10, 16, 22}));
  }

  TEST_CASE("views: reshape of a view copies, of contiguous elements does not") {
    Tensor x = counting({2, 3});
    CHECK(x.reshape({3, 2}).data() == x.data());
    CHECK(x.transpose().reshape({6}).to_vector() == values({0, 3, 1, 4, 2, 5}));
    CHECK(error_of([&] { x.reshape({4}); }) == "reshape: (2, 3) has 6 elements, (4) needs 4");
  }

  TEST_CASE("views: what does not fit is named") {
    Tensor x = counting({2, 3});
    CHECK(error_of([&] { x.select(0, 2); }) == "select: index 2 is outside axis 0 of (2, 3)");
    CHECK(error_of([&] { x.item(); }) == "item: (2, 3) has 6 elements, not one");
    CHECK(error_of([] {
            Tensor::from({2, 2}, {1, 2, 3});
          }) == "tensor: 3 values do not fill shape (2, 2)");
  }

  TEST_CASE("tensor: copies share, contiguous_copy does not, unique tells") {
    Tensor x = counting({3});
    CHECK(x.unique());
    Tensor same = x, copy = x.contiguous_copy();
    CHECK_FALSE(x.unique());
    same.mutable_data()[0] = 9;
    CHECK(x.at({0}) == 9);
    CHECK(copy.at({0}) == 0);
    CHECK(copy.unique());
    CHECK_FALSE(Tensor().defined());
  }

  TEST_CASE("tensor: borrowed memory is read in place, kept alive and never written") {
    auto owner = std::make_shared<std::vector<real>>(values({1, 2, 3, 4}));
    Tensor x = Tensor::borrow({2, 2}, owner->data(), owner);
    std::weak_ptr<std::vector<real>> alive = owner;
    const real* address = owner->data();
    owner.reset();
    CHECK_FALSE(alive.expired());
    CHECK(x.borrowed());
    CHECK(x.data() == address);
    CHECK(x.transpose().to_vector() == values({1, 3, 2, 4}));
    CHECK(x.at({1, 0}) == 3);
    CHECK(error_of([&] { x.mutable_data(); }).find("read-only") != std::string::npos);
    CHECK(error_of([&] { x.copy_from(counting({2, 2})); }).find("read-only") != std::string::npos);
    CHECK_FALSE(x.contiguous_copy().borrowed());
    x = Tensor();
    CHECK(alive.expired());
  }

  TEST_CASE("tensor: copy_from fills a tensor from any view of the same shape") {
    Tensor x = Tensor::zeros({3, 2});
    x.copy_from(counting({2, 3}).transpose());
    CHECK(x.to_vector() == values({0, 3, 1, 4, 2, 5}));
    CHECK(error_of([&] { x.copy_from(counting({2, 3})); }) == "copy: (2, 3) into (3, 2)");
    Tensor turned = x.transpose();
    CHECK(error_of([&] {
            turned.copy_from(counting({2, 3}));
          }).find("must be contiguous") != std::string::npos);
  }

  TEST_CASE("tensor: storage begins on a cache line") {
    for (int64_t n : {0, 1, 3, 100, 12345}) {
      Tensor x({n});
      CHECK(reinterpret_cast<uintptr_t>(x.data()) % 64 == 0);
    }
  }
}

TEST_SUITE("21-performance") {
  TEST_CASE("tensors with no elements pass through every kernel") {
    Tensor none = counting({0, 3});
    CHECK(none.to_vector().empty());
    CHECK(map([](real v) { return v + 1; }, none).shape() == Shape({0, 3}));
    CHECK(none.transpose().contiguous_copy().shape() == Shape({3, 0}));
    CHECK(sum(none).item() == 0);
    CHECK(sum(none, 1).shape() == Shape({0, 1}));
    CHECK(softmax(none).shape() == Shape({0, 3}));
    CHECK(squared_norm(none) == 0);
    CHECK(argmax(none).empty());
    CHECK(concatenate({none, counting({2, 3})}, 0).shape() == Shape({2, 3}));
    CHECK(gather_rows(counting({2, 3}), {}).shape() == Shape({0, 3}));
  }
}
