#include "tutorials/16-generation/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "t5/generation/search_kinds.h"
#include "t5/report/svg.h"
#include "tensor/error.h"

namespace t5::tutorial {
namespace {

constexpr Id kEnd = 1;
constexpr int64_t kWords = 6, kMaxLength = 7;
constexpr const char* kNames[] = {"start", "</s>", "le", "un", "chat", "noir"};
// The next word's probability depends on the last word alone: a row for each.
constexpr double kNext[kWords][kWords] = {
    {0, 0.005, 0.55, 0.42, 0.015, 0.01}, {0, 1, 0, 0, 0, 0},
    {0, 0.05, 0.05, 0.05, 0.45, 0.4},    {0, 0.03, 0.02, 0.02, 0.88, 0.05},
    {0, 0.5, 0.02, 0.02, 0.06, 0.4},     {0, 0.7, 0.05, 0.05, 0.15, 0.05}};

double log_next(Id last, Id next) { return std::log(kNext[last][next] + 1e-30); }

double mean_of(const Tried& t) { return t.sum / static_cast<double>(t.tokens.size() - 1); }

// All continuations of the beams, the best 2k of them.
std::vector<Tried> best_of(const std::vector<Tried>& beams) {
  std::vector<Tried> all;
  for (size_t b = 0; b < beams.size(); ++b)
    for (Id next = 1; next < kWords; ++next) {
      Tried t{static_cast<int64_t>(b), beams[b].tokens, beams[b].sum, Tried::kLeft};
      t.sum += log_next(t.tokens.back(), next);
      t.tokens.push_back(next);
      all.push_back(t);
    }
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.sum > b.sum; });
  all.resize(std::min<size_t>(all.size(), 2 * kBeams));
  return all;
}

// Gives each its fate; returns the beams of the next step.
std::vector<Tried> decide(std::vector<Tried>& tried, std::vector<Generated>& finished) {
  std::vector<Tried> running;
  for (size_t i = 0; i < tried.size(); ++i) {
    Tried& t = tried[i];
    if (t.tokens.back() == kEnd) {
      t.fate = i < kBeams ? Tried::kFinishes : Tried::kTooLow;
      if (t.fate == Tried::kFinishes)
        finished.push_back({{t.tokens.begin() + 1, t.tokens.end()}, mean_of(t)});
    } else if (running.size() < kBeams) {
      t.fate = Tried::kRuns;
      running.push_back(t);
    }
  }
  std::stable_sort(finished.begin(), finished.end(),
                   [](auto& a, auto& b) { return a.score > b.score; });
  finished.resize(std::min<size_t>(finished.size(), kBeams));
  return running;
}

// The library's search, on the same table, must go the same way.
void check_step(Search& search, const std::vector<Tried>& before, const std::vector<Tried>& running,
                bool goes_on) {
  std::vector<real> logits;
  for (int64_t row = 0; row < kBeams; ++row) {
    Id last = before[std::min<size_t>(row, before.size() - 1)].tokens.back();
    for (Id next = 0; next < kWords; ++next)
      logits.push_back(static_cast<real>(log_next(last, next)));
  }
  std::vector<Search::Next> next = search.advance(logits, kWords);
  check(next.empty() != goes_on, "the trace stops otherwise than the search");
  for (size_t b = 0; b < next.size(); ++b)
    check(next[b].parent == running[b].parent && next[b].token == running[b].tokens.back(),
          "the trace keeps other beams than the search");
}

}  // namespace

std::vector<TraceStep> trace_beams() {
  GenerationOptions options{.num_beams = kBeams, .num_return_sequences = kBeams};
  auto search = make_beam_search(options, {{}, {kEnd}, 1, kMaxLength}, {0}, Random(0));
  std::vector<TraceStep> trace;
  std::vector<Tried> beams{{0, {0}, 0, Tried::kRuns}};
  std::vector<Generated> finished;
  for (bool goes_on = true; goes_on;) {
    std::vector<Tried> tried = best_of(beams), running = decide(tried, finished);
    goes_on = finished.size() < kBeams || mean_of(running[0]) > finished.back().score;
    check_step(*search, beams, running, goes_on);
    trace.push_back({tried, finished, goes_on});
    beams = running;
  }
  std::vector<Generated> results = search->results();
  for (size_t i = 0; i < kBeams; ++i)
    check(results[i].ids == finished[i].ids, "the trace ends otherwise than the search");
  return trace;
}

Ids greedy_words() {
  Ids tokens{0};
  while (tokens.back() != kEnd)
    tokens.push_back(
        static_cast<Id>(std::max_element(kNext[tokens.back()], kNext[tokens.back()] + kWords) -
                        kNext[tokens.back()]));
  return tokens;
}

double sum_of(const Ids& tokens) {
  double sum = 0;
  for (size_t i = 1; i < tokens.size(); ++i) sum += log_next(tokens[i - 1], tokens[i]);
  return sum;
}

std::string words_of(const Ids& tokens) {
  std::string text;
  for (Id token : tokens) {
    if (token == 0) continue;
    if (!text.empty()) text += ' ';
    text += kNames[token];
  }
  return text;
}

namespace {

constexpr double kLeft = 76, kColumn = 134, kTop = 66, kRow = 70, kWide = 110, kHigh = 46;

struct Look {
  const char *fill, *ink, *word;
};
// By fate.
constexpr Look kLooks[] = {{"#0058a8", "#ffffff", "runs on"},
                           {"#00a383", "#000000", "finishes"},
                           {"#fbc48f", "#000000", "ends too low"},
                           {"#dde1e7", "#374151", "left behind"}};

double x_of(size_t step) { return kLeft + kColumn * static_cast<double>(step); }
double y_of(size_t rank) { return kTop + kRow * static_cast<double>(rank); }

// A candidate: its last word, the sum of log p, and, finished, what it is worth.
std::string box(const Tried& t, double x, double y) {
  const Look& look = kLooks[t.fate];
  std::string ink = fmt::format("text-anchor=\"middle\" fill=\"{}\"", look.ink), under;
  under = t.fate == Tried::kFinishes
              ? fmt::format("{:.2f}/{} = {:.2f}", t.sum, t.tokens.size() - 1, mean_of(t))
              : fmt::format("{:.2f}", t.sum);
  return fmt::format(
             "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"{}\"/>\n",
             x, y, kWide, kHigh, look.fill) +
         svg_text(x + kWide / 2, y + 19, ink + " font-weight=\"600\"", kNames[t.tokens.back()]) +
         svg_text(x + kWide / 2, y + 38, ink + " font-size=\"13.5\"", under);
}

std::string edge(double x1, double y1, double x2, double y2) {
  return fmt::format(
      "<path d=\"M{0:.1f},{1:.1f}C{2:.1f},{1:.1f} {2:.1f},{3:.1f} {4:.1f},{3:.1f}\" fill=\"none\" "
      "stroke=\"#868d98\" stroke-width=\"1.5\"/>\n",
      x1, y1, (x1 + x2) / 2, y2, x2);
}

// Below the tree: what has finished after the last step that is shown, and whether it goes on.
std::string verdict(const TraceStep& step, double y) {
  std::string text = "finished: ";
  for (size_t i = 0; i < step.finished.size(); ++i)
    text += fmt::format("{}{} {:.2f}", i > 0 ? ", " : "", words_of(step.finished[i].ids),
                        step.finished[i].score);
  if (step.finished.empty()) text += "none";
  auto best = std::find_if(step.tried.begin(), step.tried.end(),
                           [](const Tried& t) { return t.fate == Tried::kRuns; });
  std::string why =
      step.finished.size() < kBeams
          ? "The list of two is not full: go on."
          : fmt::format("The best that runs, {:.2f}/{} = {:.2f}, {} pass the bar: {}.", best->sum,
                        best->tokens.size() - 1, mean_of(*best), step.improvable ? "may" : "cannot",
                        step.improvable ? "go on" : "stop");
  return svg_text(14, y, "", text) + svg_text(14, y + 25, "", why);
}

}  // namespace

std::string trace_svg(const std::vector<TraceStep>& trace, size_t steps) {
  std::string edges, boxes, out = svg_heading(14, 27, "Two beams, step by step");
  std::vector<double> from{y_of(0) + kHigh / 2};  // the running beams of the step before
  boxes += svg_text(14, y_of(0) + kHigh / 2 + 5, "", "start");
  for (size_t s = 0; s < steps; ++s) {
    std::vector<double> next;
    for (size_t rank = 0; rank < trace[s].tried.size(); ++rank) {
      const Tried& t = trace[s].tried[rank];
      double middle = y_of(rank) + kHigh / 2;
      edges += edge(s == 0 ? 58 : x_of(s - 1) + kWide, from[t.parent], x_of(s), middle);
      boxes += box(t, x_of(s), y_of(rank));
      if (t.fate == Tried::kRuns) next.push_back(middle);
    }
    boxes += svg_text(x_of(s) + kWide / 2, kTop - 12, "text-anchor=\"middle\" fill=\"#4b5563\"",
                      fmt::format("step {}", s + 1));
    from = next;
  }
  double bottom = y_of(2 * kBeams);
  for (size_t i = 0; i < std::size(kLooks); ++i) {
    double x = 14 + 142 * static_cast<double>(i);
    out +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{}\"/>\n",
                    x, bottom - 4, kLooks[i].fill);
    out += svg_text(x + 21, bottom + 9, "font-size=\"15\"", kLooks[i].word);
  }
  out += edges + boxes + verdict(trace[steps - 1], bottom + 40);
  return svg_picture(600, bottom + 84, "A beam search with two beams", out);
}

}  // namespace t5::tutorial
