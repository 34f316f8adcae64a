// Answers against those that were wanted, by examples worked out by hand.
#include "t5/metrics/answers.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace t5;

namespace {

// The words of an answer, with bars between them.
std::string kept(const std::string& answer) {
  return fmt::format("{}", fmt::join(answer_words(answer), "|"));
}

}  // namespace

TEST_SUITE("17-evaluation") {
  TEST_CASE("the words of an answer: small letters, no punctuation") {
    CHECK_MESSAGE(kept("Grey  CAT.") == "grey|cat", "letters, stops and blanks do not count");
    CHECK_MESSAGE(kept("it's U.S.") == "its|us",
                  "punctuation is taken out, and what stood around it joins");
    CHECK(kept("CAFÉ, 3.5") == "café|35");
  }

  TEST_CASE("the words of an answer: no articles") {
    CHECK(kept("The cat.") == "cat");
    CHECK(kept("the a An.") == "");
    CHECK_MESSAGE(kept("theatre a-an Ann") == "theatre|aan|ann",
                  "an article is a whole word, after the punctuation is gone");
    CHECK_MESSAGE(kept("a “the” b") == "“|”|b",
                  "an article leaves a blank, so that its neighbours do not join");
  }

  TEST_CASE("F1 of two bags of words: harmonic mean of precision and recall") {
    CHECK(bag_f1({"grey", "cat"}, {"grey", "cat"}) == 1);
    CHECK(bag_f1({"cat", "grey"}, {"grey", "cat"}) == 1);  // the order does not count
    // 1 of 2 found words is right, 1 of 3 wanted ones is found: 2 · 1/2 · 1/3 / (1/2 + 1/3)
    CHECK(bag_f1({"grey", "cat"}, {"a1", "b1", "cat"}) == doctest::Approx(0.4));
    CHECK(bag_f1({"dog"}, {"cat"}) == 0);
  }

  TEST_CASE("F1 of two bags: a word counts as often as both have it, not as often as one has") {
    // Three of four words are too many: precision 1/4, recall 1.
    CHECK_MESSAGE(bag_f1({"cat", "cat", "cat", "cat"}, {"cat"}) == doctest::Approx(0.4),
                  "a word that is wanted once is hit once");
    CHECK_MESSAGE(bag_f1({"cat"}, {"cat", "cat", "cat", "cat"}) == doctest::Approx(0.4),
                  "a word that is wanted four times is not hit by one");
  }

  TEST_CASE("F1 where there is no answer: right when nothing is said, wrong otherwise") {
    CHECK(bag_f1({}, {}) == 1);
    CHECK(bag_f1({"cat"}, {}) == 0);
    CHECK(bag_f1({}, {"cat"}) == 0);
  }
}

TEST_SUITE("metrics") {
  TEST_CASE("exact match: equal words in order; white space does not count, letters do") {
    CHECK(exact_match("le  chat \n", "le chat"));
    CHECK(exact_match(" ", ""));
    CHECK_FALSE(exact_match("Le chat", "le chat"));
    CHECK_FALSE(exact_match("chat le", "le chat"));
    CHECK_FALSE(exact_match("le chat dort", "le chat"));
  }

  TEST_CASE("SQuAD's exact match: case, punctuation and articles do not count either") {
    CHECK(squad_exact_match("The cat.", "cat"));
    CHECK_FALSE(squad_exact_match("the cats", "cat"));
  }
}
