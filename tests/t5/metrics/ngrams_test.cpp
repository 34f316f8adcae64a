// BLEU and chrF by counts that can be done by hand.
#include "t5/metrics/ngrams.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support.h"

using namespace t5;
using doctest::Approx;
using t5::testing::error_of;

namespace {

// BLEU's counts of texts whose words stand between blanks.
BleuCounts counts_of(const std::string& text, const std::vector<std::string>& references) {
  Numbering numbering;
  std::u32string words = numbered(split_words(text), numbering);
  std::vector<std::u32string> others;
  for (const std::string& reference : references)
    others.push_back(numbered(split_words(reference), numbering));
  return bleu_counts(words, others);
}

// Of n-grams of one word to four.
std::array<double, kBleuOrder> orders(double one, double two, double three, double four) {
  return {one, two, three, four};
}

// Counts of a text of `length` words of which every n-gram matches.
BleuCounts all_right(double length, double reference_length) {
  BleuCounts counts{length, reference_length, {}, {}};
  for (size_t i = 0; i < kBleuOrder; ++i)
    counts.matches[i] = counts.totals[i] = length - static_cast<double>(i);
  return counts;
}

}  // namespace

TEST_SUITE("17-evaluation") {
  TEST_CASE("clipped n-grams: a word matches no oftener than the reference has it") {
    // Papineni's example: seven times "the", of which the reference has two.
    BleuCounts counts = counts_of("the the the the the the the", {"the cat is on the mat"});
    CHECK_MESSAGE(counts.matches == orders(2, 0, 0, 0),
                  "seven matches of single words: the count is not clipped to the reference's two");
    CHECK(counts.totals == orders(7, 6, 5, 4));
  }

  TEST_CASE("clipped n-grams: runs of words in order, of every length up to four") {
    BleuCounts counts = counts_of("a b c d e", {"x a b c d"});
    CHECK_MESSAGE(counts.matches == orders(4, 3, 2, 1),
                  "a, b, c, d; a b, b c, c d; a b c, b c d; a b c d");
    CHECK(counts.totals == orders(5, 4, 3, 2));
    CHECK_MESSAGE(counts_of("d c b a", {"a b c d"}).matches == orders(4, 0, 0, 0),
                  "words in the wrong order are single words that match");
  }

  TEST_CASE(
      "clipped n-grams: of several references the one with the most decides, n-gram by n-gram") {
    BleuCounts counts = counts_of("a a b b", {"a a x", "b b x", "a b"});
    CHECK_MESSAGE(counts.matches[0] == 4, "a twice from the first, b twice from the second");
    CHECK_MESSAGE(counts_of("a a a", {"a", "a"}).matches[0] == 1,
                  "two references with one a each allow one, not two: the maximum, not the sum");
  }

  TEST_CASE("a text of fewer words than n has no n-grams") {
    BleuCounts counts = counts_of("a b", {"a b"});
    CHECK(counts.matches == orders(2, 1, 0, 0));
    CHECK(counts.totals == orders(2, 1, 0, 0));
    CHECK(counts_of("", {"a b"}).totals == orders(0, 0, 0, 0));
  }

  TEST_CASE("BLEU: 100 times the geometric mean of the four precisions") {
    CHECK(bleu(all_right(7, 7)) == Approx(100));
    BleuCounts counts = counts_of("a b c d e", {"x a b c d"});
    CHECK_MESSAGE(bleu(counts) == Approx(100 * std::pow(4.0 / 5 * 3 / 4 * 2 / 3 * 1 / 2, 0.25)),
                  "the fourth root of the product, not the mean");
  }

  TEST_CASE("brevity: 1 for a text that is long enough, less for a shorter one, 0 for none") {
    CHECK(brevity_penalty(10, 10) == 1);
    CHECK_MESSAGE(brevity_penalty(12, 10) == 1, "length alone is not rewarded");
    CHECK_MESSAGE(brevity_penalty(5, 10) == Approx(std::exp(-1)),
                  "half as long as the reference: e to the power of 1 - 2");
    CHECK(brevity_penalty(0, 10) == 0);
  }

  TEST_CASE("BLEU: what is shorter than its reference is punished, what is longer is not") {
    CHECK_MESSAGE(bleu(all_right(8, 10)) == Approx(100 * std::exp(1 - 10.0 / 8)),
                  "exp(1 - reference / length) where the length is the smaller one");
    CHECK(bleu(all_right(10, 8)) == Approx(100));
  }

  TEST_CASE("BLEU: one precision of zero makes it zero, unless it is smoothed") {
    BleuCounts counts = counts_of("a b c x", {"a b c y"});
    CHECK_MESSAGE(bleu(counts, {.method = "none"}) == 0, "no four words in a row match");
    CHECK_MESSAGE(bleu(counts) == Approx(100 * std::pow(3.0 / 4 * 2 / 3 * 1 / 2 * 0.5 / 1, 0.25)),
                  "half a match stands for none");
    CHECK(bleu(counts_of("x y", {"a b"})) == 0);
    CHECK(bleu(counts_of("", {"a b"})) == 0);
  }
}

TEST_SUITE("metrics") {
  TEST_CASE("BLEU's reference length is the nearest; of two equally near ones the shorter") {
    CHECK(counts_of("a b c", {"a", "a b c d", "a b c d e f"}).reference_length == 4);
    CHECK(counts_of("a b c", {"a b c d", "a b"}).reference_length == 2);
    CHECK(counts_of("", {"a b", "a"}).reference_length == 1);
  }

  TEST_CASE("BLEU of a corpus is the formula on the sums, not the mean of the scores") {
    BleuCounts sum = counts_of("a b c d", {"a b c d"});
    sum += counts_of("x", {"y z"});
    CHECK(sum.length == 5);
    CHECK(sum.reference_length == 6);
    CHECK(sum.totals == orders(5, 3, 2, 1));
    CHECK(bleu(sum) == Approx(100 * std::exp(1 - 6.0 / 5) * std::pow(4.0 / 5, 0.25)));
  }

  TEST_CASE("smoothings: halves in turn, a floor, one more of each but the single words") {
    BleuCounts counts{4, 4, {1, 0, 0, 0}, {4, 3, 2, 0}};
    CHECK(bleu_precisions(counts, {}) == orders(0.25, 1.0 / 6, 1.0 / 8, 0));
    CHECK(bleu_precisions(counts, {"floor"}) == orders(0.25, 0.1 / 3, 0.1 / 2, 0));
    CHECK(bleu_precisions(counts, {"floor", 0.5})[1] == 0.5 / 3);
    CHECK(bleu_precisions(counts, {"add-k"}) == orders(0.25, 1.0 / 4, 1.0 / 3, 1));
    CHECK(bleu_precisions(counts, {"none"}) == orders(0.25, 0, 0, 0));
    CHECK(error_of([&] { bleu_precisions(counts, {"more"}); }) ==
          "BLEU: there is no smoothing 'more'; there are exp, floor, add-k and none");
  }

  TEST_CASE("chrF: means of precision and recall over the orders that both texts have") {
    // "abc" and "abd" share a, b and ab: 2/3, 1/2, 0/1 of both.
    ChrfCounts counts = chrf_counts("abc", {"xyz", "a b d"}, {});
    CHECK(chrf(counts) == Approx(100 * (2.0 / 3 + 1.0 / 2) / 3));
    CHECK(chrf(chrf_counts("", {"a"}, {})) == 0);
    CHECK(chrf(chrf_counts("今天", {"今天"}, {})) == Approx(100));
    ChrfOptions words{.word_order = 2};
    CHECK(chrf(chrf_counts("a b.", {"a c."}, words), words) ==
          Approx(100 * (2.0 / 3 + 0 + 0 + 2.0 / 3 + 0) / 5));
  }
}
