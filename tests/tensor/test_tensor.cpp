// Shapes, views, copies, broadcasting.
#include "tensor/ops/elementwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::vector<real> values(std::initializer_list<real> list) { return list; }

}  // namespace

TEST_SUITE("01-tensors") {
  TEST_CASE("shape: axes count from the front and from the back") {
    Shape shape{2, 3, 5};
    CHECK(shape.rank() == 3);
    CHECK(shape.size() == 30);
    CHECK(shape[0] == 2);
    CHECK(shape[-1] == 5);
    CHECK(shape[-3] == 2);
    CHECK(to_string(shape) == "(2, 3, 5)");
    CHECK(row_major_strides(shape) == Shape({15, 5, 1}));
    CHECK(Shape().size() == 1);
    CHECK(Shape({4, 0}).size() == 0);
    CHECK_FALSE(Shape({2, 3}) == Shape({2, 3, 1}));
  }

  TEST_CASE("shape: a missing axis, a fifth axis and a negative extent are refused") {
    Shape shape{2, 3};
    CHECK(error_of([&] { return shape[2]; }) == "axis 2 does not exist in (2, 3)");
    CHECK(error_of([&] { return shape[-3]; }) == "axis -3 does not exist in (2, 3)");
    CHECK(error_of([] { return Shape({1, 1, 1, 1, 1}); }) == "shape: more than 4 axes");
    CHECK(error_of([] { return Shape({2, -1}); }) == "shape: negative extent -1");
  }

  TEST_CASE("broadcasting: extents of one and missing axes stretch, others name both shapes") {
    CHECK(broadcast_shape("op", {2, 1, 3}, {4, 1}) == Shape({2, 4, 3}));
    CHECK(broadcast_shape("op", {4, 1}, {2, 1, 3}) == Shape({2, 4, 3}));
    CHECK(broadcast_shape("op", {}, {2, 3}) == Shape({2, 3}));
    CHECK(broadcast_shape("op", {1}, {0}) == Shape({0}));
    std::string message = error_of([] { broadcast_shape("mul", {2, 5}, {4, 5}); });
    CHECK(message == "mul: shapes (2, 5) and (4, 5) do not broadcast: 2 against 4 at axis -2");
    CHECK(error_of([] {
            counting({2}).broadcast_to({3, 1});
          }) == "broadcast_to: (2) does not stretch to (3, 1)");
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
    flat.data()[7] = -1;
    CHECK(x.at({0, 1, 3}) == -1);
    CHECK(std::as_const(part).data() == std::as_const(x).data() + 1);
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

  TEST_CASE("views: broadcast_to repeats without copying") {
    Tensor x = counting({2, 1});
    Tensor wide = x.broadcast_to({3, 2, 2});
    CHECK(wide.strides() == Shape({0, 1, 0}));
    CHECK(wide.to_vector() == values({0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
    CHECK(std::as_const(wide).data() == std::as_const(x).data());
  }

  TEST_CASE("views: bounds are checked and named") {
    Tensor x = counting({2, 3});
    CHECK(error_of([&] { x.slice(1, 2, 4); }) == "slice: [2, 4) is outside axis 1 of (2, 3)");
    CHECK(error_of([&] { x.slice(0, 2, 1); }) == "slice: [2, 1) is outside axis 0 of (2, 3)");
    CHECK(error_of([&] { x.select(0, 2); }) == "select: index 2 is outside axis 0 of (2, 3)");
    CHECK(error_of([&] { x.at({0, 3}); }) == "at: index 3 is outside axis 1 of (2, 3)");
    CHECK(error_of([&] { x.at({0}); }) == "at: 1 indices for shape (2, 3)");
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
    same.data()[0] = 9;
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
    CHECK(std::as_const(x).data() == address);
    CHECK(x.transpose().to_vector() == values({1, 3, 2, 4}));
    CHECK(x.at({1, 0}) == 3);
    CHECK(error_of([&] { x.data(); }).find("read-only") != std::string::npos);
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
