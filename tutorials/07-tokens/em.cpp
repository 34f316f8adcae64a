#include "tutorials/07-tokens/em.h"

#include <fmt/format.h>

#include <cmath>

namespace t5 {
namespace {

// Adds a word's expected pieces, `times` as many, and returns the probability of the word. `ahead`
// sums over all ways from the beginning to a place, `behind` over all ways from it to the end.
double expect(const std::string& word, double times, const PieceNumbers& p, PieceNumbers& counts) {
  const size_t n = word.size();
  std::vector<double> ahead(n + 1), behind(n + 1);
  ahead[0] = behind[n] = 1;
  auto for_each_edge = [&](size_t begin, auto&& use) {
    for (const auto& [piece, probability] : p)
      if (word.compare(begin, piece.size(), piece) == 0)
        use(begin + piece.size(), piece, probability);
  };
  for (size_t at = 0; at < n; ++at)
    for_each_edge(at, [&](size_t end, auto&, double q) { ahead[end] += ahead[at] * q; });
  for (size_t at = n; at-- > 0;)
    for_each_edge(at, [&](size_t end, auto&, double q) { behind[at] += q * behind[end]; });
  for (size_t at = 0; at < n; ++at)
    for_each_edge(at, [&](size_t end, const std::string& piece, double q) {
      counts[piece] += times * ahead[at] * q * behind[end] / ahead[n];
    });
  return ahead[n];
}

}  // namespace

EmRound em_round(const std::vector<std::pair<std::string, double>>& words, const PieceNumbers& p) {
  EmRound round{0, {}, {}};
  for (const auto& [word, times] : words)
    round.log_likelihood += times * std::log(expect(word, times, p, round.counts));
  double total = 0;
  for (const auto& [piece, count] : round.counts) total += count;
  for (const auto& [piece, count] : round.counts) round.p[piece] = count / total;
  return round;
}

std::string em_table() {
  PieceNumbers p{{"a", 1.0 / 3}, {"b", 1.0 / 3}, {"ab", 1.0 / 3}};
  std::string out =
      "EM on ab three times, b twice, a once\n"
      "round   log P   expected:  a      b     ab   then p:  a      b     ab\n";
  for (int i = 1; i <= 12; ++i) {
    EmRound round = em_round({{"ab", 3}, {"b", 2}, {"a", 1}}, p);
    p = round.p;
    if (i > 3 && i < 12) continue;
    out += fmt::format("{:5}{:8.3f}{:13.3f}{:7.3f}{:7.3f}{:12.3f}{:7.3f}{:7.3f}\n", i,
                       round.log_likelihood, round.counts["a"], round.counts["b"],
                       round.counts["ab"], p["a"], p["b"], p["ab"]);
  }
  return out;
}

}  // namespace t5
