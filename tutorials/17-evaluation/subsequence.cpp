#include "tutorials/17-evaluation/subsequence.h"

#include <fmt/format.h>

#include "t5/metrics/overlap.h"
#include "t5/report/svg.h"

namespace t5::tutorial {
namespace {

constexpr double kLeft = 84, kTop = 84, kCell = 62, kLine = 36;
constexpr const char* kInk = "text-anchor=\"middle\" fill=\"#111827\"";

class Steps {
 public:
  Steps(Words reference, Words text) : reference_(std::move(reference)), text_(std::move(text)) {
    Numbering numbering;
    std::u32string rows = numbered(reference_, numbering);
    table_ = lcs_table(rows, numbered(text_, numbering));
    on_path_.resize(table_.size());
  }

  std::vector<std::string> draw() {
    picture(0, "Beginnings of no words share nothing: zeros above and at the left.");
    for (size_t i = 1; i <= reference_.size(); ++i) picture(i, row_in_words(i));
    Words common = trace_back();
    picture(reference_.size(),
            fmt::format("Backwards from the last entry, aslant at a match: {}. {} words: of the "
                        "text's {} and the reference's {}.",
                        fmt::join(common, " "), common.size(), text_.size(), reference_.size()));
    return pictures_;
  }

 private:
  int32_t at(size_t i, size_t j) const { return table_[i * (text_.size() + 1) + j]; }
  bool match(size_t i, size_t j) const {
    return i > 0 && j > 0 && reference_[i - 1] == text_[j - 1];
  }

  std::string row_in_words(size_t i) const {
    std::string matches;
    for (size_t j = 1; j <= text_.size(); ++j)
      if (match(i, j))
        matches += fmt::format("it is word {} of the text, so {}, one more than aslant above. ", j,
                               at(i, j));
    return fmt::format("The row of {}: {}{} the larger of above and left.", reference_[i - 1],
                       matches.empty() ? "the text does not have it. " : matches,
                       matches.empty() ? "Everywhere" : "Elsewhere");
  }

  Words trace_back() {
    Words common;
    size_t i = reference_.size(), j = text_.size();
    while (i > 0 && j > 0) {
      on_path_[i * (text_.size() + 1) + j] = true;
      if (match(i, j)) {
        common.insert(common.begin(), reference_[i - 1]);
        --i, --j;
      } else if (at(i, j - 1) > at(i - 1, j)) {
        --j;
      } else {
        --i;
      }
    }
    return common;
  }

  std::string cell(size_t i, size_t j) const {
    double x = kLeft + kCell * static_cast<double>(j), y = kTop + kLine * static_cast<double>(i);
    bool is_step = on_path_[i * (text_.size() + 1) + j];
    std::string out = fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{}\" "
        "stroke-width=\"{}\"/>\n",
        x + 2, y + 2, kCell - 4, kLine - 4, match(i, j) ? "#c7ddf2" : "#f3f4f6",
        is_step ? "#bf4a00" : "none", is_step ? 3 : 0);
    return out + svg_text(x + kCell / 2, y + kLine / 2 + 6,
                          std::string(kInk) + (match(i, j) ? " font-weight=\"600\"" : ""),
                          fmt::format("{}", at(i, j)));
  }

  // The rows up to number `filled`.
  void picture(size_t filled, const std::string& words) {
    std::string out = svg_heading(16, 28, "The longest common subsequence");
    for (size_t j = 1; j <= text_.size(); ++j)
      out +=
          svg_text(kLeft + kCell * (static_cast<double>(j) + 0.5), kTop - 10, kInk, text_[j - 1]);
    for (size_t i = 0; i <= reference_.size(); ++i) {
      if (i > 0)
        out += svg_text(kLeft - 10, kTop + kLine * (static_cast<double>(i) + 0.5) + 6,
                        "text-anchor=\"end\" fill=\"#111827\"", reference_[i - 1]);
      for (size_t j = 0; i <= filled && j <= text_.size(); ++j) out += cell(i, j);
    }
    double below = kTop + kLine * static_cast<double>(reference_.size() + 1) + 34;
    out += svg_paragraph(16, below, 70, words);
    pictures_.push_back(svg_picture(600, below + 40, "The longest common subsequence", out));
  }

  Words reference_, text_;
  std::vector<int32_t> table_;
  std::vector<bool> on_path_;
  std::vector<std::string> pictures_;
};

}  // namespace

std::vector<std::string> subsequence_svgs(const std::string& reference, const std::string& text) {
  return Steps(split_words(reference), split_words(text)).draw();
}

}  // namespace t5::tutorial
