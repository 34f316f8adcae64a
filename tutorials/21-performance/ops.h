// The ops that the roofline shows, each with its work counted by hand, and the head of t5-small.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "autograd/fused/fused.h"
#include "autograd/reference.h"
#include "tutorials/21-performance/roofline.h"

namespace t5::lesson {

constexpr int64_t kWidth = 512, kVocabulary = 32128;  // t5-small's head

inline Tensor random_matrix(int64_t rows, int64_t columns) {
  Random random(1);
  return Tensor::normal({rows, columns}, random);
}

inline double count(int64_t rows, int64_t columns) { return static_cast<double>(rows * columns); }

// A head and its loss, forward and backward.
struct LargeHead {
  Var x, w{random_matrix(kVocabulary, kWidth), true};
  Ids labels;

  explicit LargeHead(int64_t rows) : x(random_matrix(rows, kWidth), true), labels(rows, 7) {}
  void forget() { x.zero_grad(), w.zero_grad(); }
  void plain() { forget(), cross_entropy(linear(x, w), labels).backward(); }
  void in_chunks() { forget(), linear_cross_entropy(x, w, labels).backward(); }
};

struct MeasuredOp {
  const char* name;
  Work work;
  std::function<void()> run;
};

// Work is counted op by op: numbers read and written, 4 bytes each, and operations. An exponential
// is 25 of them; an RMS norm does four for each number.
inline std::vector<MeasuredOp> ops() {
  auto head = std::make_shared<LargeHead>(512);
  auto norms = std::make_shared<std::pair<Var, Var>>(Var(random_matrix(16384, kWidth)),
                                                     Var(Tensor::full({kWidth}, 1)));
  auto logits = std::make_shared<Var>(random_matrix(512, kVocabulary));
  auto one = std::make_shared<Var>(random_matrix(1, kWidth));
  double states = count(16384, kWidth), table = count(kVocabulary, kWidth);
  double scores = count(512, kVocabulary);
  return {
      {"one row times 512 x 32128", {2 * table, 4 * table}, [=] { linear(*one, head->w); }},
      {"RMS norm of simple ops",  // squares 2, mean 1, quotient 2, product 2
       {4 * states, 4 * 7 * states},
       [=] { reference::rms_norm(norms->first, norms->second, real(1e-6)); }},
      {"RMS norm, fused",  // read once, written once
       {4 * states, 4 * 2 * states},
       [=] { rms_norm(norms->first, norms->second, real(1e-6)); }},
      {"cross-entropy of logits",
       {28 * scores, 4 * scores},
       [=] { cross_entropy(*logits, head->labels); }},
      {"head and loss, plain", plain_head({512, kWidth, kVocabulary}), [=] { head->plain(); }},
      {"head and loss, in chunks", chunked_head({512, kWidth, kVocabulary}, 128),
       [=] { head->in_chunks(); }},
  };
}

}  // namespace t5::lesson
