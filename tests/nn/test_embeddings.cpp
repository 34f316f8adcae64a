// Embedding: the lookup, its gradient, and the head that reads the same table the other way round.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/tools/grad_check.h"
#include "nn/layers/basic.h"
#include "nn/optimizers/optimizer.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// (N, V): a 1 in the column of each id, 0 elsewhere.
Tensor one_hot(const Ids& ids, int64_t vocabulary) {
  Tensor x = Tensor::zeros({static_cast<int64_t>(ids.size()), vocabulary});
  for (size_t i = 0; i < ids.size(); ++i)
    x.mutable_data()[static_cast<int64_t>(i) * vocabulary + ids[i]] = 1;
  return x;
}

const Ids kRepeated{3, 0, 3, 5, 3, 0};

}  // namespace

TEST_SUITE("08-embeddings") {
  TEST_CASE("lookup: row i is the table's row number ids[i]") {
    Tensor table = counting({6, 3}), y = gather_rows(table, kRepeated);
    REQUIRE(y.shape() == Shape({6, 3}));
    for (int64_t i = 0; i < 6; ++i)
      for (int64_t j = 0; j < 3; ++j) {
        INFO("row ", i, " has id ", kRepeated[i], "; column ", j);
        CHECK(y.at({i, j}) == table.at({kRepeated[i], j}));
      }
  }

  TEST_CASE("lookup: the same as one-hot rows times the table, with the same gradient") {
    Var table(random_tensor({6, 3}, 1), true), again(table.value().contiguous_copy(), true);
    Tensor dy = random_tensor({6, 3}, 2);
    Var looked_up = gather_rows(table, kRepeated);
    Var multiplied = matmul(Var(one_hot(kRepeated, 6)), again);
    CHECK(difference(looked_up.value(), multiplied.value()) == "");
    looked_up.backward(dy);
    multiplied.backward(dy);
    CHECK(difference(table.grad(), again.grad()) == "");
  }

  TEST_CASE("scatter-add: a row that is named three times receives three shares") {
    Tensor table = Tensor::zeros({6, 2});
    scatter_add_rows(table, kRepeated, Tensor::full({6, 2}, 1));
    for (int64_t id = 0; id < 6; ++id) {
      auto times = static_cast<real>(std::count(kRepeated.begin(), kRepeated.end(), id));
      INFO("row ", id, " is named ", times, " times; with = in place of += it would receive one");
      CHECK(table.at({id, 0}) == times);
      CHECK(table.at({id, 1}) == times);
    }
  }

  TEST_CASE("scatter-add: adds to what is there, from a transposed view too") {
    Tensor table = counting({3, 2}), rows = counting({2, 2}).transpose();  // {{0, 2}, {1, 3}}
    scatter_add_rows(table, {2, 2}, rows);
    CHECK(difference(table, Tensor::from({3, 2}, {0, 1, 2, 3, 4 + 0 + 1, 5 + 2 + 3})) == "");
  }

  TEST_CASE("gradient: rows that were not read have a gradient of zero") {
    Var table(random_tensor({6, 3}, 3), true);
    {
      std::vector<Tensor> dirty;  // memory of this size that was used before
      for (int i = 0; i < 4; ++i) dirty.push_back(Tensor::full({6, 3}, 7));
    }
    gather_rows(table, kRepeated).backward(Tensor::full({6, 3}, 1));
    for (int64_t id : {1, 2, 4})
      for (int64_t j = 0; j < 3; ++j) {
        INFO("row ", id, " was not read; a gradient that nobody filled with 0 holds anything");
        CHECK(table.grad().at({id, j}) == 0);
      }
  }

  TEST_CASE("gradient: two lookups in one table, and a product with it, add up") {
    Function f = [](const std::vector<Var>& x) {
      Var states = gather_rows(x[0], {1, 3, 1}) * gather_rows(x[0], {3, 0, 2});
      return VocabularyHead{x[0], true}(states);
    };
    Random random(4);
    std::string wrong = grad_check(f, {Tensor::normal({4, 3}, random)}, random);
    INFO("a lookup that clears the gradient first forgets what the other uses have added");
    CHECK(wrong == "");
  }

  TEST_CASE("tied head: logit v is the product of the state with row v") {
    Var table(Tensor::from({3, 4}, {1, 0, 0, 0, 0, 2, 0, 0, 1, 1, 1, 1}));
    Var states(Tensor::from({2, 4}, {1, 2, 3, 4, 0, -1, 0, 1}));
    CHECK(difference(VocabularyHead{table, false}(states).value(),
                     Tensor::from({2, 3}, {1, 4, 10, 0, -2, 0})) == "");
  }

  TEST_CASE("tied head: scaled, the logits are divided by the root of the width") {
    Var table(random_tensor({5, 16}, 5)), states(random_tensor({3, 16}, 6));
    Tensor plain = VocabularyHead{table, false}(states).value();
    Tensor quarter = map([](real x) { return x / 4; }, plain);  // M = 16
    CHECK(difference(VocabularyHead{table, true}(states).value(), quarter) == "");
  }

  TEST_CASE("tied head: the table learns from both ends, where it is read and where it scores") {
    // loss = <dy, logits>, states = E[id]: dE = dy' states + one-hot' (dy E)
    Tensor start = random_tensor({4, 3}, 7), dy = random_tensor({2, 4}, 8);
    Ids ids{2, 2};
    Var table(start.contiguous_copy(), true);
    VocabularyHead{table, false}(gather_rows(table, ids)).backward(dy);
    Tensor as_head = matmul(dy.transpose(), gather_rows(start, ids));
    Tensor as_lookup = matmul(one_hot(ids, 4).transpose(), matmul(dy, start));
    CHECK(difference(table.grad(), map([](real a, real b) { return a + b; }, as_head, as_lookup)) ==
          "");
  }

  TEST_CASE("a learned bigram approaches the counted one") {
    // After 0 comes 1 or 2, after 1 always 0, after 2 mostly 2: H(next | previous) is known.
    Ids previous, next;
    for (int i = 0; i < 8; ++i)
      for (auto [a, b] : {std::pair{0, 1 + i % 2}, {1, 0}, {2, i == 0 ? 1 : 2}})
        previous.push_back(a), next.push_back(b);
    double bound = (std::log(2.0) + 0 + (-7.0 / 8 * std::log(7.0 / 8) + std::log(8.0) / 8)) / 3;
    Parameters parameters(random_source(9));
    Embedding embedding(Scope(parameters) / "embedding", 3, 4, 0.5);
    Linear linear(Scope(parameters) / "linear", 4, 4, 0.5);
    auto sgd = make_sgd(parameters);
    double loss = 0;
    for (int step = 0; step < 500; ++step) {
      Var logits = VocabularyHead{embedding.weight, true}(linear(embedding(previous)));
      Var value = cross_entropy(std::move(logits), next);
      loss = value.value().item();
      value.backward();
      sgd->step(0.5);
      parameters.zero_grad();
    }
    INFO("loss ", loss, " nats; no bigram model can be below ", bound);
    CHECK(loss >= bound - 1e-5);
    CHECK(loss <= bound + 0.02);
  }
}
