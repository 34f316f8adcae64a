// How far a score may be trusted: what it would be on other examples of the same kind, and whether
// one system is better than another or was lucky.
//
// Other examples are made of those at hand, drawn with replacement (Efron 1979; Koehn 2004 for
// translations). The tests are sacreBLEU's, with random numbers of our own: drawing number k of a
// seed is the same on every machine, for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tensor/random.h"

namespace t5 {

// A metric's score over a sample of the examples it has read: their numbers, each as often as it
// was drawn. Several threads may call it at once.
using SampleScore = std::function<double(std::span<const int64_t> examples)>;

// The score over examples 0 … n-1, each once.
double score_of_all(const SampleScore& score, int64_t n);

// That over examples n … 2n-1: of the second of two systems, see below.
double score_of_second(const SampleScore& score, int64_t n);

// `n` numbers below n, drawn with replacement.
std::vector<int64_t> draw_sample(int64_t n, Random random);

// The mean of the scores over `draws` samples, and half the width of what the middle 95 % lie in.
// NaN where a sample has no score, as a correlation of numbers that are all the same.
struct Confidence {
  double mean = 0, half_width = 0;
};
Confidence confidence(const SampleScore& score, int64_t n, int64_t draws, uint64_t seed);

// Two systems on the same n examples: `both` has read the first one's outputs as examples 0 … n-1,
// and the second one's as n … 2n-1. The answer is a share, the p-value: a small one (0.05 is the
// habit) says that the difference that was measured is no accident. It counts one more, of one
// more, so that it is never 0.

// Of `draws` samples, those in which the difference of the two scores, its sign aside, exceeds its
// mean by more than the difference over all examples. Both systems are judged on the same sample
// each time.
double paired_bootstrap(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed);

// Of `draws` shufflings, those with a larger difference than was measured. A shuffling exchanges
// the two systems' outputs of an example, or not, by the toss of a coin.
double approximate_randomisation(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed);

}  // namespace t5
