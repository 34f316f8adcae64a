#include "tutorials/16-generation/lanes.h"

#include <fmt/format.h>

#include <cmath>

#include "nn/layers/key_value_cache.h"
#include "t5/report/svg.h"
#include "tensor/error.h"

namespace t5::tutorial {
namespace {

// A word's value in the real cache.
real number_of(const std::string& word) {
  real sum = 0;
  for (char c : word) sum = sum * 3 + static_cast<real>(static_cast<unsigned char>(c) % 17);
  return sum;
}

std::string word_of(const Lanes& lanes, size_t row, size_t place) {
  return lanes.lanes[lanes.rows[row][place]][place];
}

// One word more for each row.
void write(KeyValueCache& cache, const std::vector<std::string>& words) {
  std::vector<real> values;
  for (const std::string& word : words) values.push_back(number_of(word));
  int64_t n = std::ssize(words);
  cache.extend(Segments(std::vector<int64_t>(n, 1)));
  cache.store(0, Tensor::zeros({n, 1}), Tensor::from({n, 1}, values));
}

// A query of zeros weighs all that it sees alike: it answers with the mean of the row's values.
void check_agrees(const KeyValueCache& cache, const Lanes& lanes) {
  int64_t rows = cache.rows();
  Tensor means = cache.attend(0, Tensor::zeros({rows, 1}), Segments(std::vector<int64_t>(rows, 1)),
                              Tensor(), 1, false);
  for (int64_t row = 0; row < rows; ++row) {
    real sum = 0;
    size_t length = lanes.rows[row].size();
    for (size_t place = 0; place < length; ++place) sum += number_of(word_of(lanes, row, place));
    check(std::abs(sum / static_cast<real>(length) - means.at({row, 0})) < 0.01,
          "row {} of the cache holds other words than the picture", row);
  }
}

}  // namespace

std::vector<Lanes> show_lanes() {
  Lanes lanes{"Three rows, each in a lane of its own",
              {{"le", "chat"}, {"un", "chien"}, {"la", "souris"}},
              {{0, 0}, {1, 1}, {2, 2}}};
  KeyValueCache cache(1, 1);
  cache.add_rows(3);
  write(cache, {"le", "un", "la"});
  write(cache, {"chat", "chien", "souris"});
  std::vector<Lanes> all{lanes};
  check_agrees(cache, lanes);

  cache.reorder({2, 0, 2});
  lanes.title = "After reorder({2, 0, 2}): not a word has moved";
  lanes.rows = {{2, 2}, {0, 0}, {2, 2}};
  all.push_back(lanes);
  check_agrees(cache, lanes);

  write(cache, {"noire", "noir", "grise"});
  lanes = {"One word more: row 2 finds its lane taken",
           {{"le", "chat", "noir"}, {"un", "chien", "grise"}, {"la", "souris", "noire"}},
           {{2, 2, 2}, {0, 0, 0}, {2, 2, 1}}};
  all.push_back(lanes);
  check_agrees(cache, lanes);
  return all;
}

namespace {

constexpr double kLeft = 76, kWide = 82, kHigh = 42, kLane = 50, kPanel = 216, kPlaces = 3;

// A place of a lane with its word and the marks of the rows that read it.
std::string place_of(const Lanes& lanes, size_t lane, size_t place, double x, double y) {
  if (place >= lanes.lanes[lane].size()) return "";
  std::string marks;
  double at = x + 9;
  for (size_t row = 0; row < lanes.rows.size(); ++row)
    if (lanes.rows[row][place] == static_cast<int>(lane))
      marks += svg_mark(row, at, y + kHigh - 9, 4), at += 14;
  return fmt::format(
             "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" rx=\"3\" "
             "fill=\"{}\"/>\n",
             x, y, kWide - 4, kHigh, marks.empty() ? "#f3f4f6" : "#dbe7f5") +
         svg_text(x + kWide / 2 - 2, y + 19,
                  fmt::format("text-anchor=\"middle\" fill=\"{}\"",
                              marks.empty() ? "#4b5563" : "#111827"),
                  lanes.lanes[lane][place]) +
         marks;
}

// The lanes with what stands in them, and beside them what each row reads.
std::string panel(const Lanes& lanes, double top) {
  std::string out = svg_text(14, top + 18, "font-weight=\"600\"", lanes.title);
  for (size_t lane = 0; lane < lanes.lanes.size(); ++lane) {
    double y = top + 34 + kLane * static_cast<double>(lane);
    out += svg_text(14, y + kHigh / 2 + 5, "", fmt::format("lane {}", lane));
    for (size_t place = 0; place < lanes.lanes[lane].size(); ++place)
      out += place_of(lanes, lane, place, kLeft + kWide * static_cast<double>(place), y);
    std::string where, text;  // of the row of that number
    for (size_t place = 0; place < lanes.rows[lane].size(); ++place) {
      where += fmt::format("{} ", lanes.rows[lane][place]);
      text += word_of(lanes, lane, place) + " ";
    }
    double x = kLeft + kWide * kPlaces + 18, middle = y + kHigh / 2;
    out += svg_mark(lane, x, middle - 8) +
           svg_text(x + 13, middle - 3, "", fmt::format("row {}: lanes {}", lane, where)) +
           svg_text(x + 13, middle + 17, "fill=\"#111827\"", text);
  }
  return out;
}

}  // namespace

std::string lanes_svg(const std::vector<Lanes>& states) {
  std::string out = svg_heading(14, 27, "Three rows and their lanes");
  double top = 40;
  for (const Lanes& lanes : states) {
    out += panel(lanes, top);
    top += kPanel;
  }
  return svg_picture(540, top - 14, "Lanes of a cache", out);
}

}  // namespace t5::tutorial
