#include "tutorials/08-embeddings/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"

namespace t5 {
namespace {

constexpr std::array kShown{".",   "the", "a",   "my", "their", "i",   "we",  "she", "will",
                            "can", "not", "see", "in", "on",    "old", "red", "cat", "house"};
constexpr auto kWords = std::ssize(kShown);
constexpr double kCell = 15, kLeft = 62, kTop = 100, kGap = 34;

std::string label(double x, double y, const std::string& attributes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes, text);
}

Tensor gather_columns(const Tensor& x, const Ids& columns) {
  return gather_rows(x.transpose().contiguous_copy(), columns).transpose();
}

// Squares from white, probability 0, to blue, 1; the root makes small ones visible.
std::string squares(const Tensor& p, double left) {
  std::string out;
  for (int64_t row = 0; row < kWords; ++row)
    for (int64_t column = 0; column < kWords; ++column) {
      double share = std::sqrt(static_cast<double>(p.at({row, column})));
      out += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" fill=\"rgb({},{},{})\"/>\n",
          left + kCell * static_cast<double>(column), kTop + kCell * static_cast<double>(row),
          kCell - 1, kCell - 1, static_cast<int>(243 - 206 * share),
          static_cast<int>(244 - 145 * share), static_cast<int>(246 - 11 * share));
    }
  return out;
}

}  // namespace

std::string bigram_map(const Bigram& model, const Tensor& counts, const WordText& text) {
  NoGrad no_grad;
  Ids rows;
  for (const char* word : kShown)
    rows.push_back(static_cast<Id>(std::find(text.words.begin(), text.words.end(), word) -
                                   text.words.begin()));
  Tensor learned = gather_columns(softmax(model(rows).value()), rows);
  Tensor shares = map([](real n, real row) { return n / row; }, counts, sum(counts, 1));
  Tensor counted = gather_columns(gather_rows(shares, rows), rows);
  double width = 720, second = kLeft + kCell * kWords + kGap;
  double height = kTop + kCell * kWords + 16;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"11\" fill=\"#4b5563\">\n<title>What follows what</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      width, height);
  const char* kTitle = "font-size=\"15\" font-weight=\"600\" fill=\"#111827\"";
  out += label(kLeft, 24, kTitle, "counted");
  out += label(second, 24, kTitle, "learned");
  for (int64_t i = 0; i < kWords; ++i) {
    double offset = kCell * (static_cast<double>(i) + 0.75);
    out += label(kLeft - 5, kTop + offset, "text-anchor=\"end\"", kShown[i]);
    for (double left : {kLeft, second})
      out += fmt::format("<g transform=\"translate({:.1f} {}) rotate(-60)\">{}</g>\n",
                         left + offset, kTop - 5, label(0, 0, "", kShown[i]));
  }
  return out + squares(counted, kLeft) + squares(learned, second) + "</svg>\n";
}

}  // namespace t5
