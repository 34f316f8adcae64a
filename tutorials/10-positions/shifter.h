// A model that repeats each letter two places later, told of positions in one of three ways.
#pragma once

#include <cmath>
#include <optional>

#include "autograd/ops/arithmetic.h"
#include "nn/layers/attention.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

constexpr int64_t kLetters = 26, kWidth = 64, kMostPlaces = 128, kShift = 2;

// What a model knows of positions. buckets > 0: a relative bias up to max_distance; otherwise
// learned embeddings of the places 0 … kMostPlaces - 1, or nothing at all.
struct Positions {
  const char* name;
  bool absolute = false;
  int64_t buckets = 0, max_distance = 0;
};

// One layer of attention with one head.
struct Shifter {
  Embedding letter;
  std::optional<Embedding> place;
  std::optional<RelativePositionBias> bias;
  MultiHeadAttention attention;
  Linear head;

  Shifter(Scope scope, const Positions& positions)
      : letter(scope / "letter", kLetters, kWidth, 1),
        attention(scope / "attention", kWidth, 1, kWidth, 1),
        head(scope / "head", kWidth, kLetters, 1 / std::sqrt(kWidth)) {
    if (positions.absolute) place.emplace(scope / "place", kMostPlaces, kWidth, 1);
    if (positions.buckets > 0)
      bias.emplace(scope / "bias", 1, positions.buckets, positions.max_distance, true,
                   1 / std::sqrt(kWidth));
  }

  Var operator()(const Ids& letters, const Segments& texts) const {
    Var x = letter(letters), biases;
    if (place) {
      Ids places;
      for (int64_t b = 0; b < texts.count(); ++b)
        for (int64_t i = 0; i < texts.length(b); ++i) places.push_back(static_cast<Id>(i));
      x = x + (*place)(places);
    }
    if (bias) biases = (*bias)(texts.longest(), texts.longest());
    return head(attention(x, x, biases, {texts, texts}, {}));
  }
};

// Random letters laid end to end, and as labels the letter kShift places before each; the first
// kShift of a text have none.
struct Texts {
  Segments lengths;
  Ids letters, labels;
};

inline Texts draw_texts(int64_t count, int64_t shortest, int64_t longest, Random random) {
  Texts texts;
  for (int64_t b = 0; b < count; ++b) {
    int64_t n = shortest + random.below(longest - shortest + 1);
    texts.lengths.push_back(n);
    for (int64_t i = 0; i < n; ++i) {
      texts.letters.push_back(static_cast<Id>(random.below(kLetters)));
      texts.labels.push_back(i < kShift ? kIgnoredLabel : texts.letters.end()[-1 - kShift]);
    }
  }
  return texts;
}

// The share of labels that the model gives.
inline double right_share(const Shifter& model, const Texts& texts) {
  NoGrad no_grad;
  Ids out = argmax(model(texts.letters, texts.lengths).value());
  int64_t right = 0, all = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    all += texts.labels[i] != kIgnoredLabel;
    right += out[i] == texts.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

}  // namespace t5::tutorial
