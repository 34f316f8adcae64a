#include "t5/metrics/edit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr int64_t kLongestMove = 10, kFarthestMove = 50, kBeam = 25, kMostCandidates = 1000;
constexpr int32_t kNever = 1 << 30;
constexpr size_t kMostCells = size_t{1} << 28;

enum class Edit : char { kKeep, kReplace, kDelete, kInsert, kNone };

// The table of the least edits between the beginnings of two texts, with the last edit of each.
class EditTable {
 public:
  EditTable(std::u32string_view text, std::u32string_view reference)
      : rows_(text.size()), columns_(reference.size()) {
    check(rows_ + 1 <= kMostCells / (columns_ + 1),
          "TER: a text of {} words and a reference of {} are too long", rows_, columns_);
    cells_.assign((rows_ + 1) * (columns_ + 1), {kNever, Edit::kNone});
    for (size_t j = 0; j <= columns_; ++j) at(0, j) = {static_cast<int32_t>(j), Edit::kInsert};
    fill(text, reference);
  }

  int64_t distance() const { return cells_.back().cost; }

  // The edits that make the reference of the text, from the first to the last.
  std::vector<Edit> edits() const {
    std::vector<Edit> path;
    for (size_t i = rows_, j = columns_; i > 0 || j > 0;) {
      Edit edit = cells_[i * (columns_ + 1) + j].edit;
      path.push_back(edit);
      if (edit != Edit::kInsert) --i;
      if (edit != Edit::kDelete) --j;
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  struct Cell {
    int32_t cost;
    Edit edit;
  };
  Cell& at(size_t i, size_t j) { return cells_[i * (columns_ + 1) + j]; }

  // Row by row, within the beam; of equal costs the first of keeping or replacing, deleting,
  // inserting.
  void fill(std::u32string_view text, std::u32string_view reference) {
    auto rows = static_cast<int64_t>(rows_), columns = static_cast<int64_t>(columns_);
    double slope = rows == 0 ? 1 : static_cast<double>(columns) / static_cast<double>(rows);
    int64_t beam = kBeam;
    if (kBeam < slope / 2) beam = static_cast<int64_t>(std::ceil(slope / 2 + kBeam));
    for (int64_t i = 1; i <= rows; ++i) {
      auto diagonal = static_cast<int64_t>(std::floor(static_cast<double>(i) * slope));
      int64_t first = std::max<int64_t>(0, diagonal - beam);
      int64_t end = i == rows ? columns + 1 : std::min(columns + 1, diagonal + beam);
      for (int64_t j = first; j < end; ++j) {
        Cell& cell = at(i, j);
        auto offer = [&](int32_t cost, Edit edit) {
          if (cost < cell.cost) cell = {cost, edit};
        };
        if (j > 0) {
          bool same = text[i - 1] == reference[j - 1];
          offer(at(i - 1, j - 1).cost + !same, same ? Edit::kKeep : Edit::kReplace);
        }
        offer(at(i - 1, j).cost + 1, Edit::kDelete);
        if (j > 0) offer(at(i, j - 1).cost + 1, Edit::kInsert);
      }
    }
  }

  size_t rows_, columns_;
  std::vector<Cell> cells_;
};

// Which words stand opposite each other, and which are part of an error.
struct Alignment {
  std::vector<int64_t> place;  // of each word of the reference: the last word of the text up to it
  std::vector<bool> text_error, reference_error;

  explicit Alignment(const std::vector<Edit>& edits) {
    for (Edit edit : edits) {
      if (edit != Edit::kInsert) text_error.push_back(edit != Edit::kKeep);
      if (edit == Edit::kDelete) continue;
      place.push_back(static_cast<int64_t>(text_error.size()) - 1);
      reference_error.push_back(edit != Edit::kKeep);
    }
  }
};

bool any(const std::vector<bool>& errors, size_t begin, size_t length) {
  auto first = errors.begin() + static_cast<int64_t>(begin);
  return std::find(first, first + static_cast<int64_t>(length), true) !=
         first + static_cast<int64_t>(length);
}

// The words from `start` moved before the word that stands at `target`; a target within them or
// right behind moves them by as many words as it lies behind `start`.
std::u32string moved(std::u32string_view text, size_t start, size_t length, size_t target) {
  std::u32string run(text.substr(start, length)), rest(text.substr(0, start));
  rest += text.substr(start + length);
  bool is_behind = target > start + length;
  return rest.insert(std::min(is_behind ? target - length : target, rest.size()), run);
}

// A move, better ones larger: what it saves, then the longest, the earliest, the nearest to the
// beginning.
struct Move {
  int64_t saves = 0, length = 0, minus_start = 0, minus_target = 0;
  std::u32string text;

  auto rank() const { return std::tie(saves, length, minus_start, minus_target); }
};

class MoveSearch {
 public:
  explicit MoveSearch(std::u32string_view reference) : reference_(reference) {}

  bool is_exhausted() const { return candidates_ >= kMostCandidates; }

  // The best move there is; one that saves nothing when there is none.
  Move best(std::u32string_view text) {
    EditTable table(text, reference_);
    Alignment alignment(table.edits());
    Move best;
    for (size_t start = 0; start < text.size(); ++start)
      for (size_t from = 0; from < reference_.size(); ++from) {
        int64_t distance = static_cast<int64_t>(from) - static_cast<int64_t>(start);
        if (std::abs(distance) > kFarthestMove) continue;
        for (size_t length = 1; length <= kLongestMove; ++length) {
          if (start + length > text.size() || from + length > reference_.size()) break;
          if (text[start + length - 1] != reference_[from + length - 1]) break;
          try_run(text, table.distance(), alignment, start, from, length, best);
          if (is_exhausted()) return best;
        }
      }
    return best;
  }

 private:
  // A run moves only if it is wrong where it stands and missing where the reference has it: to the
  // places behind the words that the reference's run, and the word before it, stand opposite to.
  void try_run(std::u32string_view text, int64_t distance, const Alignment& alignment, size_t start,
               size_t from, size_t length, Move& best) {
    if (!any(alignment.text_error, start, length)) return;
    if (!any(alignment.reference_error, from, length)) return;
    int64_t opposite = alignment.place[from], first = static_cast<int64_t>(start);
    if (first <= opposite && opposite < first + static_cast<int64_t>(length)) return;
    int64_t last = -1;
    for (size_t word = from; word <= from + length; ++word) {  // the one before which it is put
      int64_t target = word == 0 ? 0 : alignment.place[word - 1] + 1;
      if (target == last) continue;
      last = target;
      Move move{0, static_cast<int64_t>(length), -first, -target,
                moved(text, start, length, static_cast<size_t>(target))};
      move.saves = distance - EditTable(move.text, reference_).distance();
      ++candidates_;
      if (best.text.empty() || move.rank() > best.rank()) best = std::move(move);
    }
  }

  std::u32string_view reference_;
  int64_t candidates_ = 0;
};

}  // namespace

int64_t edit_distance(std::u32string_view text, std::u32string_view reference) {
  return EditTable(text, reference).distance();
}

int64_t edits_with_moves(std::u32string_view text, std::u32string_view reference) {
  if (reference.empty()) return static_cast<int64_t>(text.size());
  MoveSearch search(reference);
  std::u32string current(text);
  int64_t moves = 0;
  for (;;) {
    Move move = search.best(current);
    if (search.is_exhausted() || move.saves <= 0) break;
    current = std::move(move.text);
    ++moves;
  }
  return moves + edit_distance(current, reference);
}

TerCounts& TerCounts::operator+=(const TerCounts& other) {
  edits += other.edits;
  reference_length += other.reference_length;
  return *this;
}

TerCounts ter_counts(std::u32string_view text, const std::vector<std::u32string>& references) {
  int64_t fewest = std::numeric_limits<int64_t>::max();
  size_t lengths = 0;
  for (const std::u32string& reference : references) {
    fewest = std::min(fewest, edits_with_moves(text, reference));
    lengths += reference.size();
  }
  return {static_cast<double>(fewest),
          static_cast<double>(lengths) / static_cast<double>(references.size())};
}

double ter(const TerCounts& counts) {
  if (counts.reference_length == 0) return counts.edits > 0 ? 100 : 0;
  return 100 * counts.edits / counts.reference_length;
}

}  // namespace t5
