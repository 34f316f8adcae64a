// The EM rounds of the lesson, against all ways to cut a word, one by one.
#include "tutorials/07-tokens/em.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

using namespace t5;

namespace {

// Every way to cut a word: its probability, and how often each piece is in it.
void for_each_way(const std::string& word, const PieceNumbers& p,
                  const std::function<void(double, const PieceNumbers&)>& use) {
  std::function<void(size_t, double, PieceNumbers)> go = [&](size_t at, double probability,
                                                             const PieceNumbers& used) {
    if (at == word.size()) return use(probability, used);
    for (const auto& [piece, q] : p)
      if (word.substr(at).starts_with(piece)) {
        PieceNumbers more = used;
        ++more[piece];
        go(at + piece.size(), probability * q, more);
      }
  };
  go(0, 1, {});
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("EM: expected counts are those of all ways to cut, weighted by their probabilities") {
    const PieceNumbers p{{"a", 0.2}, {"b", 0.1}, {"ab", 0.3}, {"ba", 0.15}, {"bab", 0.25}};
    const std::vector<std::pair<std::string, double>> words{{"ababab", 2}, {"bab", 3}, {"a", 1}};
    PieceNumbers expected;
    double log_likelihood = 0, total = 0;
    for (const auto& [word, times] : words) {
      double all = 0;
      PieceNumbers counts;
      for_each_way(word, p, [&](double probability, const PieceNumbers& used) {
        all += probability;
        for (const auto& [piece, count] : used) counts[piece] += probability * count;
      });
      log_likelihood += times * std::log(all);
      for (const auto& [piece, count] : counts) expected[piece] += times * count / all;
    }
    EmRound round = em_round(words, p);
    CHECK(round.log_likelihood == doctest::Approx(log_likelihood));
    for (const auto& [piece, count] : expected) {
      INFO(piece);
      CHECK(round.counts[piece] == doctest::Approx(count));
      total += round.counts[piece];
    }
    for (const auto& [piece, count] : expected)
      CHECK(round.p[piece] == doctest::Approx(round.counts[piece] / total));
  }

  TEST_CASE("EM: no round makes the words less probable") {
    const std::vector<std::pair<std::string, double>> words{{"abba", 4}, {"ab", 3}, {"b", 2}};
    PieceNumbers p{{"a", 0.25}, {"b", 0.25}, {"ab", 0.25}, {"ba", 0.25}};
    double before = -HUGE_VAL;
    for (int i = 0; i < 20; ++i) {
      EmRound round = em_round(words, p);
      CHECK(round.log_likelihood >= before - 1e-12);
      before = round.log_likelihood;
      p = round.p;
    }
  }
}
