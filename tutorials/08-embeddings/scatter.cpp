#include "tutorials/08-embeddings/scatter.h"

#include <fmt/format.h>

#include <vector>

#include "autograd/ops/shaping.h"
#include "t5/report/svg.h"

namespace t5 {
namespace {

constexpr double kTop = 84, kCell = 40, kFrom = 90, kTo = 466;
constexpr const char *kOrange = "#bf4a00", *kGrey = "#6b7280";

double middle_of(int64_t row) { return kTop + kCell * (static_cast<double>(row) + 0.5); }

// Rows of numbers with a word before each; those of the first word of the table are strong.
std::string rows(double x, const Tensor& values, const Ids& ids,
                 const std::vector<std::string>& words) {
  std::string out;
  for (int64_t i = 0; i < values.dim(0); ++i) {
    bool strong = ids[static_cast<size_t>(i)] == 0;
    out += svg_text(x - 10, middle_of(i) + 6, "text-anchor=\"end\" fill=\"#111827\"",
                    words[static_cast<size_t>(ids[static_cast<size_t>(i)])]);
    for (int64_t j = 0; j < values.dim(1); ++j) {
      double left = x + kCell * static_cast<double>(j);
      out += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"#9ca3af\"/>\n",
          left, middle_of(i) - kCell / 2, kCell, kCell, strong ? "#fdd9b5" : "#ffffff");
      out += svg_text(left + kCell / 2, middle_of(i) + 6, "text-anchor=\"middle\" fill=\"#111827\"",
                      fmt::format("{:g}", values.at({i, j})));
    }
  }
  return out;
}

}  // namespace

std::string scatter_svg() {
  const std::vector<std::string> words{"the", "cat", "dog", "saw", "mouse"};
  const Ids text{0, 1, 3, 0, 4}, all{0, 1, 2, 3, 4};
  Tensor dy = Tensor::from({5, 3}, {1, 0, 2, 0, 3, 1, 2, 1, 0, 4, 1, 1, 1, 2, 2});
  Var table(Tensor::zeros({5, 3}), true);
  gather_rows(table, text).backward(dy);

  std::string out = svg_heading(16, 28, "A lookup backwards: scatter, and add");
  out += svg_tip("one", kGrey) + svg_tip("shared", kOrange);
  out += svg_text(kFrom, kTop - 14, "", "dy, by place in the text");
  out += svg_text(kTo, kTop - 14, "text-anchor=\"middle\"", "dE, by row of the table");
  out += rows(kFrom, dy, text, words) + rows(kTo, table.grad(), all, words);
  for (size_t i = 0; i < text.size(); ++i) {
    double y1 = middle_of(static_cast<int64_t>(i)), y2 = middle_of(text[i]);
    bool shared = text[i] == 0;
    out += fmt::format(
        "<path d=\"M{0},{1}C{2},{1} {2},{3} {4},{3}\" fill=\"none\" stroke=\"{5}\" "
        "stroke-width=\"{6}\" marker-end=\"url(#{7})\"/>\n",
        kFrom + 3 * kCell + 6, y1, (kFrom + 3 * kCell + kTo - 70) / 2, y2, kTo - 70,
        shared ? kOrange : kGrey, shared ? 2.5 : 1.5, shared ? "shared" : "one");
  }
  return svg_picture(600, kTop + 5 * kCell + 20, "Scatter-add", out);
}

}  // namespace t5
