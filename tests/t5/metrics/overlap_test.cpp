// Longest common subsequences and ROUGE, against lists of all subsequences and by hand.
#include "t5/metrics/overlap.h"

#include <doctest/doctest.h>

#include <set>

#include "tensor/random.h"

using namespace t5;
using doctest::Approx;

namespace {

// The length of the longest common subsequence, by trying every subset of places.
int32_t longest_by_trying(const std::u32string& a, const std::u32string& b) {
  auto subsequences = [](const std::u32string& text) {
    std::set<std::u32string> all;
    for (size_t places = 0; places < size_t{1} << text.size(); ++places) {
      std::u32string chosen;
      for (size_t i = 0; i < text.size(); ++i)
        if (places >> i & 1) chosen += text[i];
      all.insert(chosen);
    }
    return all;
  };
  std::set<std::u32string> of_b = subsequences(b);
  size_t longest = 0;
  for (const std::u32string& one : subsequences(a))
    if (of_b.count(one) > 0) longest = std::max(longest, one.size());
  return static_cast<int32_t>(longest);
}

}  // namespace

TEST_SUITE("17-evaluation") {
  TEST_CASE("longest common subsequence: in order, with gaps") {
    CHECK(lcs_table(U"abcd", U"abcd").back() == 4);
    CHECK_MESSAGE(lcs_table(U"police killed the gunman", U"police the").back() == 10,
                  "what lies between may be left out");
    CHECK_MESSAGE(lcs_table(U"ab", U"ba").back() == 1, "the order counts");
    CHECK_MESSAGE(lcs_table(U"aaa", U"a").back() == 1, "a symbol is used once");
    CHECK(lcs_table(U"abc", U"xyz").back() == 0);
    CHECK(lcs_table(U"", U"abc").back() == 0);
  }

  TEST_CASE(
      "longest common subsequence: the table has a row for each beginning of the first text") {
    CHECK(lcs_table(U"ab", U"bab") == std::vector<int32_t>{0, 0, 0, 0,  //
                                                           0, 0, 1, 1,  //
                                                           0, 1, 1, 2});
  }

  TEST_CASE("longest common subsequence: as trying all subsequences finds it") {
    Random random(17);
    for (int round = 0; round < 200; ++round) {
      std::u32string a, b;
      for (int64_t n = random.below(8); n > 0; --n) a += U"abc"[random.below(3)];
      for (int64_t n = random.below(8); n > 0; --n) b += U"abc"[random.below(3)];
      CAPTURE(round);
      CHECK(lcs_table(a, b).back() == longest_by_trying(a, b));
    }
  }

  TEST_CASE("ROUGE-L: the harmonic mean of the subsequence's share of either text") {
    CHECK(rouge_l(U"abcd", U"abcd") == 1);
    // 2 of the text's 2, 2 of the reference's 6.
    CHECK_MESSAGE(rouge_l(U"af", U"abcdef") == Approx(2 * 1.0 * (1.0 / 3) / (1 + 1.0 / 3)),
                  "precision is of the text, recall of the reference");
    CHECK(rouge_l(U"abcdef", U"af") == rouge_l(U"af", U"abcdef"));
    CHECK(rouge_l(U"", U"abc") == 0);
    CHECK(rouge_l(U"", U"") == 0);
  }
}

TEST_SUITE("metrics") {
  TEST_CASE("ROUGE-N: n-grams as often as both have them") {
    CHECK(rouge_n(U"aab", U"abb", 1) == Approx(2.0 / 3));  // a and b once
    CHECK(rouge_n(U"aab", U"abb", 2) == Approx(1.0 / 2));  // ab
    CHECK(rouge_n(U"a", U"a", 2) == 0);
  }

  TEST_CASE("ROUGE-Lsum: the union of a sentence's matches, no word oftener than it is there") {
    // Lin's example: w1 … w5 against w1 w2 w6 w7 w8 and w1 w3 w8 w9 w5 share w1 w2 w3 w5.
    CHECK(rouge_l_sum({U"12678", U"13895"}, {U"12345"}) == Approx(2 * 0.4 * 0.8 / 1.2));
    CHECK(rouge_l_sum({U"a"}, {U"a", U"a"}) == Approx(2.0 / 3));
    CHECK(rouge_l_sum({}, {U"a"}) == 0);
    CHECK(rouge_l_sum({U""}, {U""}) == 0);
  }
}
