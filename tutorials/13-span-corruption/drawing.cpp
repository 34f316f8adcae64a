#include "tutorials/13-span-corruption/drawing.h"

#include <fmt/format.h>

#include "t5/report/svg.h"
#include "t5/train/span_corruption.h"

namespace t5 {

std::string masks_svg(int rows, int64_t length) {
  constexpr double kLeft = 52, kTop = 92, kSide = 9.4, kRow = 20;
  double width = kSide * static_cast<double>(length);
  std::string out = svg_heading(14, 27, "Twelve draws of the mask for one text");
  out += fmt::format(
      "<rect x=\"{0}\" y=\"44\" width=\"14\" height=\"14\" fill=\"{1}\"/>\n"
      "<rect x=\"{2}\" y=\"44\" width=\"14\" height=\"14\" fill=\"#dde1e7\"/>\n",
      kLeft, svg_colour(0), kLeft + 100);
  out += svg_text(kLeft + 22, 57, "", "hidden") + svg_text(kLeft + 122, 57, "", "kept");
  for (int64_t i = 0; i < length; ++i)
    if (i == 0 || i % 10 == 9)
      out += svg_text(kLeft + kSide * (static_cast<double>(i) + 0.5), kTop - 9,
                      "text-anchor=\"middle\"", std::to_string(i + 1));
  for (int row = 0; row < rows; ++row) {
    Random random(row);
    auto mask = random_spans_noise_mask(length, {}, random);
    double y = kTop + kRow * row;
    out += svg_text(kLeft - 10, y + 14, "text-anchor=\"end\"", std::to_string(row + 1));
    for (int64_t i = 0; i < length; ++i)
      out += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\" fill=\"{}\"/>\n",
          kLeft + kSide * static_cast<double>(i), y, kSide - 1, kRow - 3,
          mask[i] ? svg_colour(0) : "#dde1e7");
  }
  double bottom = kTop + kRow * rows;
  out += svg_text(kLeft + width / 2, bottom + 22, "text-anchor=\"middle\"", "place in the text");
  return svg_picture(kLeft + width + 14, bottom + 34, "Noise masks", out);
}

}  // namespace t5
