// Pictures of Viterbi's algorithm, step by step, on a text with a handful of pieces.
#pragma once

#include <string>
#include <vector>

namespace t5 {

// The lesson's example, abc: its lattice; then a picture for each place whose edges have been
// followed; then one for each piece of the way back.
std::vector<std::string> viterbi_svgs();

}  // namespace t5
