// A model that reverses words by one layer of attention, and the words that it learns from.
#pragma once

#include <algorithm>
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "nn/layers/attention.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

constexpr int64_t kLetters = 26, kLongest = 12, kWidth = 64;

// Letters and places in, letters out: one layer of attention with one head, and nothing else that
// could carry a letter from one place to another.
struct Reverser {
  Embedding letter, from_start, from_end;
  MultiHeadAttention attention;
  Linear head;

  explicit Reverser(Scope scope)
      : letter(scope / "letter", kLetters, kWidth, 1),
        from_start(scope / "from_start", kLongest, kWidth, 1),
        from_end(scope / "from_end", kLongest, kWidth, 1),
        attention(scope / "attention", kWidth, 1, kWidth, 1),
        head(scope / "head", kWidth, kLetters, 1 / std::sqrt(kWidth)) {}

  Var embed(const Ids& letters, const Segments& words) const {
    Ids start, end;
    for (int64_t b = 0; b < words.count(); ++b)
      for (int64_t i = 0, n = words.length(b); i < n; ++i) {
        start.push_back(static_cast<Id>(i));
        end.push_back(static_cast<Id>(n - 1 - i));
      }
    return letter(letters) + from_start(start) + from_end(end);
  }
  Var operator()(const Ids& letters, const Segments& words) const {
    Var x = embed(letters, words);
    return head(attention(x, x, Var(), {words, words}, {}));
  }
};

inline std::string as_text(const Ids& ids) {
  std::string text;
  for (Id id : ids) text += static_cast<char>('a' + id);
  return text;
}

// Words laid end to end, and the same words back to front.
struct Words {
  Segments lengths;
  Ids letters, reversed;
};

// `count` words of 4 to 12 random letters.
inline Words draw_words(int64_t count, Random random) {
  Words words;
  for (int64_t b = 0; b < count; ++b) {
    int64_t n = 4 + random.below(kLongest - 3);
    words.lengths.push_back(n);
    for (int64_t i = 0; i < n; ++i) words.letters.push_back(static_cast<Id>(random.below(26)));
    words.reversed.insert(words.reversed.end(), words.letters.rbegin(), words.letters.rbegin() + n);
  }
  return words;
}

// The share of words that come out reversed, every letter right.
inline double exact_share(const Reverser& model, const Words& words) {
  NoGrad no_grad;
  Ids out = argmax(model(words.letters, words.lengths).value());
  int64_t right = 0;
  for (int64_t b = 0; b < words.lengths.count(); ++b) {
    int64_t first = words.lengths.begin(b), n = words.lengths.length(b);
    right +=
        std::equal(out.begin() + first, out.begin() + first + n, words.reversed.begin() + first);
  }
  return static_cast<double>(right) / static_cast<double>(words.lengths.count());
}

}  // namespace t5::tutorial
