// A beam search over five words with everything that it looks at written down, and its picture.
#pragma once

#include <string>
#include <vector>

#include "t5/generation/search.h"

namespace t5::tutorial {

constexpr int64_t kBeams = 2;

// One of the best 2k continuations of a step.
struct Tried {
  enum Fate { kRuns, kFinishes, kTooLow, kLeft };  // kTooLow: it ends, but behind the first k

  int64_t parent;  // the running beam of the step before, counted from the best
  Ids tokens;      // with the start token
  double sum;      // of log p
  Fate fate;
};

struct TraceStep {
  std::vector<Tried> tried;         // the best first
  std::vector<Generated> finished;  // so far, the best first
  bool improvable;                  // whether a running beam may still pass the worst finished one
};

// Greedy search and beams on the same table; the steps are held against the library's search.
Ids greedy_words();
std::vector<TraceStep> trace_beams();
double sum_of(const Ids& tokens);  // of log p, by the table

std::string words_of(const Ids& tokens);  // without the start token

// The first `steps` of them as a tree: what is tried, what runs on, what finishes.
std::string trace_svg(const std::vector<TraceStep>& trace, size_t steps);

}  // namespace t5::tutorial
