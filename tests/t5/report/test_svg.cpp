// Pictures: text that XML takes, colours and marks that can be told apart.
#include "t5/report/svg.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>

using namespace t5;

namespace {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

Triple operator*(const Matrix& m, const Triple& v) {
  Triple out{};
  for (size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

// The amounts of red, green and blue light in "#rrggbb".
Triple light(const std::string& colour) {
  Triple out{};
  for (size_t i = 0; i < 3; ++i) {
    double v = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    out[i] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  }
  return out;
}

// CIE L*a*b*, in which equal distances look equally far; white at the last row's sums.
Triple lab(const Triple& rgb) {
  constexpr Matrix kXyz{
      {{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}};
  Triple xyz = kXyz * rgb, white = kXyz * Triple{1, 1, 1}, f{};
  for (size_t i = 0; i < 3; ++i) f[i] = std::cbrt(std::max(xyz[i] / white[i], 1e-3));
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

double distance(const Triple& a, const Triple& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// What someone sees without one kind of cones (Machado, Oliveira and Fernandes 2009).
constexpr std::array<Matrix, 4> kEyes{{{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
                                       {{{0.152286, 1.052583, -0.204868},
                                         {0.114503, 0.786281, 0.099216},
                                         {-0.003882, -0.048116, 1.051998}}},
                                       {{{0.367322, 0.860646, -0.227968},
                                         {0.280085, 0.672501, 0.047413},
                                         {-0.011820, 0.042940, 0.968881}}},
                                       {{{1.255528, -0.076749, -0.178779},
                                         {-0.078411, 0.930809, 0.147602},
                                         {0.004733, 0.691367, 0.303900}}}}};

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("svg_escaped: special characters escaped, what XML cannot hold replaced") {
    CHECK(svg_escaped("a<b>&\"c\"\x01\xff é") ==
          "a&#60;b&#62;&#38;&#34;c&#34;\xef\xbf\xbd\xef\xbf\xbd é");
  }

  TEST_CASE("svg_picture: a sheet of its size, white, with a title") {
    std::string svg = svg_picture(300, 200, "<T>", "content");
    CHECK(svg.find("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"200\" "
                   "viewBox=\"0 0 300 200\"") == 0);
    CHECK(svg.find("<title>&#60;T&#62;</title>\n<rect width=\"300\" height=\"200\" "
                   "fill=\"#ffffff\"/>\ncontent</svg>\n") != svg.npos);
  }

  TEST_CASE("svg_colour: five colours that stand apart for every kind of eye") {
    for (const Matrix& eye : kEyes)
      for (size_t i = 0; i < 5; ++i)
        for (size_t j = 0; j < i; ++j) {
          CAPTURE(i);
          CAPTURE(j);
          CHECK(distance(lab(eye * light(svg_colour(i))), lab(eye * light(svg_colour(j)))) > 15);
        }
  }

  TEST_CASE("svg_colour: each of the eight has a contrast of 3 to 1 with white") {
    for (size_t i = 0; i < 8; ++i) {
      Triple rgb = light(svg_colour(i));
      double luminance = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
      CAPTURE(i);
      CHECK(1.05 / (luminance + 0.05) > 3);
      CHECK(svg_colour(i) == svg_colour(i + 8));
    }
  }

  TEST_CASE("svg_mark: eight different ones around the same point") {
    std::set<std::string> marks;
    for (size_t i = 0; i < 8; ++i) {
      std::string mark = svg_mark(i, 100, 100);
      CHECK(mark.find(svg_colour(i)) != mark.npos);
      for (size_t at = 0; (at = mark.find(svg_colour(i))) != mark.npos;) mark.replace(at, 7, "");
      marks.insert(mark);
    }
    CHECK(marks.size() == 8);
  }

  TEST_CASE("svg_paragraph: lines as wide as allowed, no word lost, cut or too low") {
    std::string svg = svg_paragraph(5, 100, 8, "été là & toujours incroyablement ici");
    std::string expected;
    double y = 100;
    for (const char* line : {"été là &#38;", "toujours", "incroyablement", "ici"}) {
      expected += "<text x=\"5.0\" y=\"" + std::to_string(static_cast<int>(y)) +
                  ".0\" fill=\"#111827\">" + line + "</text>\n";
      y += 24;
    }
    CHECK(svg == expected);
    CHECK(svg_paragraph(0, 0, 8, "").empty());
  }

  TEST_CASE("svg_text_width: by letters, not by bytes") {
    CHECK(svg_text_width("été") == svg_text_width("ete"));
    CHECK(svg_text_width("ab", 20) == doctest::Approx(2 * svg_text_width("ab", 10)));
  }
}
