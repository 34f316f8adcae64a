// What a head's copy in int8 lets through, against the whole head.
#include "t5/generation/head_screen.h"

#include <cmath>
#include <limits>

#include "t5/generation/generate.h"
#include "tensor/ops/matmul.h"
#include "tests/support.h"

namespace t5 {
namespace {

using namespace testing;

constexpr real kLowest = -std::numeric_limits<real>::infinity();

Tensor normal(const Shape& shape, uint64_t seed) {
  Random random(seed);
  return Tensor::normal(shape, random);
}

int64_t largest(const Tensor& logits, int64_t row) {
  int64_t best = 0;
  for (int64_t v = 1; v < logits.dim(1); ++v)
    if (logits.at({row, v}) > logits.at({row, best})) best = v;
  return best;
}

// What the screen lets through is the head's, to the last bit where a row fills whole registers,
// and the largest of each row is among it. Returns how many tokens that are.
int64_t check_screen(const Tensor& table, const Tensor& x) {
  Tensor whole = matmul(x, table.transpose()), screened = HeadScreen(table).products(x, {});
  int64_t kept = 0;
  for (int64_t r = 0; r < x.dim(0); ++r) {
    CHECK(largest(screened, r) == largest(whole, r));
    for (int64_t v = 0; v < table.dim(0); ++v) {
      if (screened.at({r, v}) == kLowest) continue;
      kept += r == 0;
      double off = std::abs(double{screened.at({r, v})} - whole.at({r, v}));
      if (off > (x.dim(1) % 16 == 0 ? 0 : 1e-4)) FAIL_CHECK("token ", v, " is off by ", off);
    }
  }
  return kept;
}

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("head screen: the largest logit of every row, and few others") {
    for (int64_t width : {40, 64, 100, 512})
      for (int64_t rows : {1, 2, 5, 16}) {
        CAPTURE(width);
        CAPTURE(rows);
        CHECK(check_screen(normal({3000, width}, 1), normal({rows, width}, 2)) < 50 * rows);
      }
  }

  TEST_CASE("head screen: an order that int8 gets wrong, by the rows or by the states") {
    // A hundred rows that differ by less than int8 can tell, and states that like them.
    const int64_t vocabulary = 2000, width = 256, close = 100;
    for (bool rows_are_integers : {false, true}) {
      CAPTURE(rows_are_integers);
      Tensor table = normal({vocabulary, width}, 3), x = normal({8, width}, 4);
      real spread = rows_are_integers ? real(0.1) : real(0.01);
      for (int64_t v = 1; v < close; ++v)
        for (int64_t i = 0; i < width; ++i)
          table.mutable_data()[v * width + i] = table.at({0, i}) + spread * table.at({v, i});
      for (int64_t r = 0; r < 8; ++r)
        for (int64_t i = 0; i < width; ++i) x.mutable_data()[r * width + i] += table.at({0, i});
      Tensor& exact = rows_are_integers ? table : x;  // what int8 holds as it is
      for (int64_t r = 0; r < exact.dim(0); ++r) {
        for (int64_t i = 0; i < width; ++i)
          exact.mutable_data()[r * width + i] = std::round(25 * exact.at({r, i}));
        exact.mutable_data()[r * width] = 127;
      }
      if (rows_are_integers)
        for (int64_t r = 0; r < 8; ++r)
          x.mutable_data()[r * width] = 300;  // the others are rounded the more
      Tensor whole = matmul(x, table.transpose());
      auto rows = std::make_shared<Int8Rows>(table.shape());
      for (int64_t v = 0; v < vocabulary; ++v) rows->round(v, table.data() + v * width);
      Tensor rough = QuantizedMatrix(rows).times(x);
      int64_t wrong = 0;
      for (int64_t r = 0; r < 8; ++r) wrong += largest(rough, r) != largest(whole, r);
      REQUIRE(wrong > 0);
      check_screen(table, x);
    }
  }

  TEST_CASE("head screen: states and rows with a number far above the others") {
    Tensor table = normal({3000, 128}, 5), x = normal({4, 128}, 6);
    for (int64_t r = 0; r < 4; ++r) x.mutable_data()[r * 128 + r] = 1000;
    for (int64_t v = 0; v < 3000; v += 7) table.mutable_data()[v * 128 + v % 128] *= 100;
    check_screen(table, x);
  }

  TEST_CASE("head screen: equal rows pass together, and the first of them wins") {
    Tensor table = normal({3000, 64}, 7);
    Tensor x = table.slice(0, 10, 11).contiguous_copy();
    for (int64_t i = 0; i < 64; ++i) table.mutable_data()[2000 * 64 + i] = table.at({10, i});
    Tensor screened = HeadScreen(table).products(x, {});
    CHECK(largest(screened, 0) == 10);
    CHECK(screened.at({0, 2000}) == screened.at({0, 10}));
  }

  TEST_CASE("head screen: rows that are all too close together are all multiplied") {
    Tensor table = normal({2000, 64}, 10), x = normal({3, 64}, 11);
    for (int64_t v = 1; v < 2000; ++v)
      for (int64_t i = 0; i < 64; ++i)
        table.mutable_data()[v * 64 + i] = table.at({0, i}) + real(1e-4) * table.at({v, i});
    CHECK(check_screen(table, x) == 2000);
  }

  TEST_CASE("head screen: the largest beside those that may be forbidden") {
    Tensor table = normal({3000, 64}, 8);
    Tensor x = table.slice(0, 10, 11).contiguous_copy();  // one token, far above the others
    Tensor whole = matmul(x, table.transpose());
    Id first = 10;
    REQUIRE(largest(whole, 0) == first);
    Tensor screened = HeadScreen(table).products(x, {first, 5});
    for (Id kept : {first, Id{5}}) CHECK(screened.at({0, kept}) == whole.at({0, kept}));
    for (Tensor* logits : {&whole, &screened}) logits->mutable_data()[first] = kLowest;
    CHECK(largest(screened, 0) == largest(whole, 0));
  }

  TEST_CASE("head screen: greedy search without scores writes what it writes with them") {
    Config config = preset_config("tiny");
    config.vocab_size = (1 << 22) / config.d_model;  // as large as a head must be to be screened
    auto model = make_model(config, 1);
    REQUIRE(HeadScreen::pays(model->head().table));
    Random random(2);
    std::vector<Ids> inputs(12);
    for (Ids& input : inputs)
      for (int64_t i = 0; i < 6; ++i)
        input.push_back(static_cast<Id>(2 + random.below(config.vocab_size - 2)));
    GenerationOptions options;
    options.max_new_tokens = 24;
    std::vector<GenerationOptions> all(4, options);
    all[1].min_new_tokens = 20;
    all[2].batch_size = 3;
    all[3].repetition_penalty = 2;  // which needs all logits
    Ids made = generate(*model, inputs, options)[0];
    all[1].suppress_tokens = {made[12], made[20], config.eos_token_id, -7};
    for (const GenerationOptions& o : all) {
      std::vector<Ids> scored;
      for (const Generated& output : generate_scored(*model, inputs, o))
        scored.push_back(output.ids);
      CHECK(generate(*model, inputs, o) == scored);
    }
    CHECK(generate(*model, inputs, all[1]) != generate(*model, inputs, options));
    CHECK(generate(*model, inputs, all[3]) != generate(*model, inputs, options));
  }
}

}  // namespace t5
