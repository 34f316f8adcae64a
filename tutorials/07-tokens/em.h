// How a vocabulary's probabilities are learnt: the EM algorithm, on a handful of words.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace t5 {

using PieceNumbers = std::map<std::string, double>;  // a probability or a count for each piece

struct EmRound {
  double log_likelihood;  // of all words, before the round
  PieceNumbers counts;    // how often each piece is expected to occur
  PieceNumbers p;         // its share of them: what the next round begins with
};

// One round: words, with how often each occurs, are cut in all ways at once, each way weighted by
// its probability under p. Pieces of p must be able to spell every word.
EmRound em_round(const std::vector<std::pair<std::string, double>>& words, const PieceNumbers& p);

// Rounds 1, 2, 3 and 12 on ab three times, b twice and a once, as the lesson shows them.
std::string em_table();

}  // namespace t5
