#include "tutorials/18-t5-small/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "t5/files/mapped_file.h"
#include "t5/report/svg.h"
#include "tutorials/18-t5-small/reader.h"

namespace t5::lesson {
namespace {

constexpr const char* kColours[] = {"#93c5fd", "#fdba74", "#86efac", "#fca5a5", "#c4b5fd"};
constexpr double kLeft = 14, kWidth = 572, kRow = 48;
constexpr const char* kCentred = "text-anchor=\"middle\"";

std::string text(double x, double y, const std::string& what, const char* attributes = "") {
  return svg_text(x, y, attributes, what);
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
  double header = kLeft + 196, values = header + 160;
  for (const Part& p :
       {Part{kLeft, header - kLeft, hex, "8 bytes"},
        Part{header, values - header, "header, JSON", fmt::format("{} bytes", parts.header.size())},
        Part{values, kLeft + kWidth - values, "values",
             fmt::format("{} bytes", parts.values.size())}})
    out += box(p.x, y, p.width, 38, "#f3f4f6") +
           text(p.x + p.width / 2, y + 24, p.name,
                p.name == hex ? "text-anchor=\"middle\" font-size=\"14\"" : kCentred) +
           text(p.x + p.width / 2, y - 9, p.size, kCentred);
  double below = y + 38, rows = below + 26;
  out += ray(header, below, kLeft, rows) + ray(values, below, kLeft + kWidth, rows);
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
  double top = 142, strip = top + kRow * static_cast<double>(entries.size()) + 22;
  double scale = kWidth / static_cast<double>(parts.values.size());
  std::string out = svg_heading(kLeft, 27, title) + parts_svg(parts, file->data(), 70);
  size_t offset = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const TensorEntry& e = entries[i];
    double y = top + kRow * static_cast<double>(i);
    const char* colour = kColours[i % std::size(kColours)];
    out += box(kLeft, y, 16, 16, colour);
    out += text(kLeft + 26, y + 13, fmt::format("\"{}\":", e.name), "font-size=\"15\"");
    out += text(kLeft + 26, y + 32, members[e.name].dump(),
                "font-family=\"monospace\" font-size=\"14\"");
    double x = kLeft + scale * static_cast<double>(offset),
           width = scale * static_cast<double>(e.size);
    std::string what = fmt::format("{} × {}", e.count(), dtype_name(e.dtype));
    out += box(x, strip, width, 38, colour);
    out += text(x + width / 2, strip + 24,
                svg_text_width(what) < width ? what : std::string(dtype_name(e.dtype)), kCentred);
    out += text(x, strip + 58, std::to_string(offset), i == 0 ? "" : kCentred);
    offset += e.size;
  }
  return svg_picture(600, strip + 70, title, out);
}

}  // namespace t5::lesson
