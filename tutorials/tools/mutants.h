// tutorials/NN-slug/mutants/EXERCISE.WHAT.patch: a plausible wrong version of an exercise.
//
// The first line says what is wrong. The rest is one hunk of a unified diff without its header:
// lines that begin with ' ' or '-' must stand in the region, once and in a row, and are replaced by
// those with ' ' or '+'.
#pragma once

#include <string>
#include <vector>

#include "tutorials/tools/text.h"

namespace course {

struct Mutant {
  std::string path, exercise, what;  // "…/softmax.no-maximum.patch", "softmax", "no-maximum"
  std::string summary;               // its first line
  Lines from, to;
};

// Sorted by path. A name or a line that does not fit is a Problem.
std::vector<Mutant> read_mutants(const std::string& chapter);

// The region's lines, wrong; a Problem unless the mutant's lines occur exactly once.
Lines mutated(const Mutant& mutant, const Lines& region);

}  // namespace course
