#include "tutorials/07-tokens/viterbi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "t5/report/svg.h"
#include "t5/text/unigram.h"
#include "tensor/error.h"
#include "tutorials/07-tokens/lattice.h"

namespace t5 {
namespace {

enum class Fate { kAhead, kBest, kBeaten, kOnPath };

struct Arc {
  size_t begin, end;
  std::string piece;
  double score;
  Fate fate = Fate::kAhead;
};

struct Place {
  double score = -HUGE_VAL;
  size_t last = 0;  // the arc that leads here
};

// "−2.5"
std::string minus(double score) {
  return fmt::format("{}{:g}", score < 0 ? "−" : "", std::abs(score));
}

// Pieces by rising begin, and <unk> wherever a character is no piece.
std::vector<Arc> arcs_of(const PieceModel& model, std::string_view text) {
  std::vector<Arc> arcs;
  double lowest = 0;
  for (const Piece& piece : model.pieces) lowest = std::min(lowest, double(piece.score));
  std::vector<bool> known(text.size());
  for (const Edge& edge : edges_of(model, text)) {
    const Piece& piece = model.pieces[edge.id];
    arcs.push_back({edge.begin, edge.end, piece.text, piece.score});
    if (edge.end == edge.begin + 1) known[edge.begin] = true;
  }
  for (size_t at = 0; at < text.size(); ++at)
    if (!known[at]) arcs.push_back({at, at + 1, "<unk>", lowest - 10});
  std::stable_sort(arcs.begin(), arcs.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  return arcs;
}

class Steps {
 public:
  Steps(const PieceModel& model, std::string_view text)
      : text_(text), arcs_(arcs_of(model, text)), places_(text.size() + 1) {
    places_[0].score = 0;
  }

  std::vector<std::string> draw() {
    picture("Every piece that stands in the text is an edge. Place 0 costs nothing.", 0);
    for (size_t at = 0; at < text_.size(); ++at) picture(follow(at), at);
    std::string way;
    for (size_t end = text_.size(); end > 0;) {
      Arc& arc = arcs_[places_[end].last];
      arc.fate = Fate::kOnPath;
      way = arc.piece + (way.empty() ? "" : " ") + way;
      picture(fmt::format("Backwards: the last piece on the best way to place {} is {}. {}", end,
                          arc.piece,
                          arc.begin > 0 ? fmt::format("Go on at place {}.", arc.begin)
                                        : fmt::format("The best way is {}, with {}.", way,
                                                      minus(places_.back().score))),
              arc.begin);
      end = arc.begin;
    }
    return pictures_;
  }
  double best() const { return places_.back().score; }

 private:
  // Pushes the score of a place along the edges that begin there; in words.
  std::string follow(size_t at) {
    std::string words = fmt::format("Place {}, reached with {}:", at, minus(places_[at].score));
    for (size_t i = 0; i < arcs_.size(); ++i) {
      Arc& arc = arcs_[i];
      if (arc.begin != at) continue;
      Place& to = places_[arc.end];
      double score = places_[at].score + arc.score;
      std::string verdict = std::isinf(to.score) ? "the first"
                            : score > to.score   ? "better than " + minus(to.score)
                                                 : "no better than " + minus(to.score);
      words +=
          fmt::format(" {} leads to {} with {}, {};", arc.piece, arc.end, minus(score), verdict);
      arc.fate = score > to.score ? Fate::kBest : Fate::kBeaten;
      if (arc.fate == Fate::kBeaten) continue;
      if (!std::isinf(to.score)) arcs_[to.last].fate = Fate::kBeaten;
      to = {score, i};
    }
    words.back() = '.';
    return words;
  }

  double x(size_t place) const {
    return kLeft + (kWidth - kLeft - kRight) * static_cast<double>(place) /
                       static_cast<double>(text_.size());
  }

  std::string arc(const Arc& arc) const {
    bool strong = arc.fate == Fate::kOnPath;
    double left = x(arc.begin), right = x(arc.end), middle = (left + right) / 2;
    double rise = 66.0 * static_cast<double>(arc.end - arc.begin);
    const char* colour = strong ? "#bf4a00" : arc.fate == Fate::kBest ? "#0058a8" : "#6b7280";
    std::string ink = fmt::format(
        "text-anchor=\"middle\" fill=\"{}\" paint-order=\"stroke\" stroke=\"#ffffff\" "
        "stroke-width=\"4\"",
        colour);
    return fmt::format(
               "<path d=\"M{:.1f},{}C{:.1f},{} {:.1f},{} {:.1f},{}\" fill=\"none\" stroke=\"{}\" "
               "stroke-width=\"{}\"{}/>\n",
               left, kBase, left + 20, kBase - rise, right - 20, kBase - rise, right, kBase, colour,
               strong                    ? 4
               : arc.fate == Fate::kBest ? 2.5
                                         : 1.2,
               arc.fate == Fate::kBeaten ? " stroke-dasharray=\"5 4\"" : "") +
           svg_text(middle, kBase - 0.75 * rise + (arc.end == arc.begin + 1 ? 22 : -8),
                    ink + (strong ? " font-weight=\"600\"" : ""),
                    fmt::format("{} {}", arc.piece, minus(arc.score)));
  }

  // A place with the table's row for it below.
  std::string place(size_t at, bool is_here) const {
    const Place& place = places_[at];
    bool reached = !std::isinf(place.score);
    std::string out = fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", x(at),
                                  kBase, is_here ? 9 : 6, is_here ? "#bf4a00" : "#111827");
    const char* ink = "text-anchor=\"middle\" fill=\"#111827\"";
    out += svg_text(x(at), kBase + 34, ink, fmt::format("{}", at));
    out += svg_text(x(at), kBase + 62, ink, reached ? minus(place.score) : "?");
    return out + svg_text(x(at), kBase + 86, ink, reached && at > 0 ? arcs_[place.last].piece : "");
  }

  void picture(const std::string& words, size_t here) {
    std::string out = svg_heading(16, 28, fmt::format("The best way to cut {}", text_));
    for (const Arc& each : arcs_) out += arc(each);
    for (size_t at = 0; at <= text_.size(); ++at) out += place(at, at == here);
    for (size_t at = 0; at < text_.size(); ++at)
      out +=
          svg_text((x(at) + x(at + 1)) / 2, kBase + 7,
                   "text-anchor=\"middle\" font-size=\"19\" fill=\"#111827\"", text_.substr(at, 1));
    for (auto [row, name] : {std::pair(34, "place"), {62, "best score"}, {86, "last piece"}})
      out += svg_text(16, kBase + row, "font-size=\"14\" fill=\"#6b7280\"", name);
    out += svg_paragraph(16, kBase + 126, 70, words);
    pictures_.push_back(svg_picture(kWidth, kBase + 186, "Viterbi's algorithm", out));
  }

  static constexpr double kWidth = 600, kLeft = 122, kRight = 50, kBase = 236;
  std::string_view text_;
  std::vector<Arc> arcs_;
  std::vector<Place> places_;
  std::vector<std::string> pictures_;
};

}  // namespace

std::vector<std::string> viterbi_svgs() {
  PieceModel model;
  model.pieces = {{"<unk>", 0, PieceType::kUnknown},
                  {"a", -1},
                  {"ab", -2.5F},
                  {"c", -2},
                  {"bc", -1.5F},
                  {"abc", -5}};
  Steps steps(model, "abc");
  std::vector<std::string> pictures = steps.draw();
  double library = Unigram(model, 0).best_paths("abc").back().score;
  require(std::abs(steps.best() - library) < 1e-4, "viterbi: {} is drawn, {} is right",
          steps.best(), library);
  return pictures;
}

}  // namespace t5
