#include "tutorials/18-t5-small/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "t5/files/mapped_file.h"
#include "t5/report/chart.h"
#include "tutorials/18-t5-small/reader.h"

namespace t5::lesson {
namespace {

constexpr const char* kColours[] = {"#93c5fd", "#fdba74", "#86efac", "#fca5a5", "#c4b5fd"};
constexpr double kLeft = 24, kWidth = 792, kRow = 22;
constexpr const char* kCentred = "text-anchor=\"middle\"";

std::string text(double x, double y, const std::string& what, const char* attributes = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes,
                     svg_escaped(what));
}

std::string box(double x, double y, double width, double height, const char* fill) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
      "stroke=\"#374151\"/>\n",
      x, y, width, height, fill);
}

// A line from the top edge of a box to the bottom edge of what it is a part of.
std::string ray(double x0, double y0, double x1, double y1) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#9ca3af\" "
      "stroke-dasharray=\"4 3\"/>\n",
      x0, y0, x1, y1);
}

// Length, header and values as three boxes, not to scale.
std::string parts_svg(const Parts& parts, const std::byte* begin, double y) {
  std::string hex;
  for (int i = 0; i < 8; ++i)
    hex += fmt::format("{}{:02x}", i == 0 ? "" : " ", std::to_integer<int>(begin[i]));
  struct Part {
    double x, width;
    std::string name, size;
  };
  std::string out;
  for (const Part& p :
       {Part{kLeft, 180, hex, "8 bytes"},
        Part{kLeft + 180, 240, "header, JSON", fmt::format("{} bytes", parts.header.size())},
        Part{kLeft + 420, kWidth - 420, "values", fmt::format("{} bytes", parts.values.size())}})
    out += box(p.x, y, p.width, 34, "#f3f4f6") + text(p.x + p.width / 2, y + 22, p.name, kCentred) +
           text(p.x + p.width / 2, y - 8, p.size, kCentred);
  return out;
}

}  // namespace

std::string layout_svg(const std::string& path, const std::string& title) {
  std::vector<TensorEntry> entries = read_tensors(path);
  auto file = MappedFile::open(path);
  Parts parts = cut(file->bytes(), path);
  Json members = parse_json(parts.header, path);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.data < b.data; });
  double top = 128, strip = top + kRow * static_cast<double>(entries.size()) + 36;
  double scale = kWidth / static_cast<double>(parts.values.size());
  std::string out = text(kLeft, 26, title, "font-size=\"15\" font-weight=\"600\" fill=\"#111827\"");
  out += parts_svg(parts, file->data(), 62);
  out += ray(kLeft + 180, 96, kLeft, top - 8) + ray(kLeft + 420, 96, kLeft + kWidth, top - 8);
  out += ray(kLeft + kWidth, 96, kLeft + kWidth, strip);
  size_t offset = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const TensorEntry& e = entries[i];
    double y = top + kRow * static_cast<double>(i);
    const char* colour = kColours[i % std::size(kColours)];
    out += box(kLeft, y, 14, 14, colour);
    out += text(kLeft + 22, y + 11, fmt::format("\"{}\":{}", e.name, members[e.name].dump()),
                "font-family=\"monospace\" font-size=\"10\"");
    double x = kLeft + scale * static_cast<double>(offset),
           width = scale * static_cast<double>(e.size);
    out += box(x, strip, width, 34, colour);
    out += text(x + width / 2, strip + 22, fmt::format("{} × {}", e.count(), dtype_name(e.dtype)),
                kCentred);
    out += text(x, strip + 50, std::to_string(offset), i == 0 ? "" : kCentred);
    offset += e.size;
  }
  out += text(kLeft + kWidth, strip + 50, std::to_string(offset), "text-anchor=\"end\"");
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"840\" height=\"{0:.0f}\" viewBox=\"0 0 "
      "840 "
      "{0:.0f}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" font-size=\"12\" "
      "fill=\"#374151\" role=\"img\">\n<title>{1}</title>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#ffffff\"/>\n{2}</svg>\n",
      strip + 66, svg_escaped(title), out);
}

}  // namespace t5::lesson
