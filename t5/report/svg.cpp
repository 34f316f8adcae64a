// The sheet, its letters, colours and marks; see svg.h.
#include "t5/report/svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "t5/text/lines.h"

namespace t5 {
namespace {

constexpr const char* kColours[] = {"#0058a8", "#e0600a", "#00a383", "#7a1f5c",
                                    "#20242b", "#ae8a00", "#3a9bd9", "#868d98"};

size_t letters_in(std::string_view text) {
  size_t letters = 0;
  for (size_t at = 0; at < text.size(); at += std::max<size_t>(utf8_length(text, at), 1)) ++letters;
  return letters;
}

}  // namespace

std::string svg_picture(double width, double height, std::string_view title,
                        std::string_view content) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"16\" fill=\"#374151\" role=\"img\">\n<title>{2}</title>\n"
      "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"#ffffff\"/>\n{3}</svg>\n",
      width, height, svg_escaped(title), content);
}

std::string svg_heading(double x, double y, std::string_view text) {
  return svg_text(x, y, "font-size=\"19\" font-weight=\"600\" fill=\"#111827\"", text);
}

std::string svg_text(double x, double y, std::string_view attributes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes,
                     svg_escaped(text));
}

std::string svg_paragraph(double x, double y, size_t letters, std::string_view text) {
  std::string out, line;
  auto end_line = [&] {
    if (!line.empty()) out += svg_text(x, y, "fill=\"#111827\"", line), y += 24;
    line.clear();
  };
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find(' ', begin), text.size());
    std::string word(text.substr(begin, end - begin));
    if (letters_in(line) + 1 + letters_in(word) > letters) end_line();
    line += (line.empty() ? "" : " ") + word;
  }
  end_line();
  return out;
}

std::string svg_tip(std::string_view id, std::string_view colour, double size) {
  return fmt::format(
      "<defs><marker id=\"{0}\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"{2}\" "
      "markerHeight=\"{2}\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path "
      "d=\"M0,0L8,4L0,8z\" fill=\"{1}\"/></marker></defs>\n",
      id, colour, size);
}

// Text for XML 1.0: what the format cannot hold becomes U+FFFD.
std::string svg_escaped(std::string_view text) {
  std::string out;
  for (size_t at = 0, length; at < text.size(); at += std::max<size_t>(length, 1)) {
    length = utf8_length(text, at);
    auto c = static_cast<unsigned char>(text[at]);
    bool is_illegal = length == 0 || c < ' ' || c == 0x7f;
    bool is_special = std::string_view("&<>\"").find(text[at]) != std::string_view::npos;
    if (is_special)
      out += fmt::format("&#{};", c);
    else
      out += is_illegal ? "\xef\xbf\xbd" : text.substr(at, length);
  }
  return out;
}

const char* svg_colour(size_t i) { return kColours[i % std::size(kColours)]; }

std::string svg_mark(size_t i, double x, double y, double size) {
  const char* colour = svg_colour(i);
  bool is_hollow = i / 4 % 2 == 1;
  std::string paint = fmt::format("fill=\"{}\" stroke=\"{}\"", is_hollow ? "#ffffff" : colour,
                                  is_hollow ? colour : "#ffffff");
  if (i % 4 == 0)
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" {}/>\n", x, y, size,
                       paint);
  double side = 0.9 * size, tip = 1.3 * size;
  std::string corners;
  if (i % 4 == 1)
    corners = fmt::format("M{:.1f},{:.1f}h{:.1f}v{:.1f}h{:.1f}z", x - side, y - side, 2 * side,
                          2 * side, -2 * side);
  else if (i % 4 == 2)
    corners =
        fmt::format("M{:.1f},{:.1f}l{:.1f},{:.1f}h{:.1f}z", x, y - tip, tip, 1.75 * tip, -2 * tip);
  else
    corners = fmt::format("M{0:.1f},{1:.1f}l{2:.1f},{2:.1f}l-{2:.1f},{2:.1f}l-{2:.1f},-{2:.1f}z", x,
                          y - tip, tip);
  return fmt::format("<path d=\"{}\" {}/>\n", corners, paint);
}

double svg_text_width(std::string_view text, double size) {
  return 0.6 * size * static_cast<double>(letters_in(text));
}

}  // namespace t5
