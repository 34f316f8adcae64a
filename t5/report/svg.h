// What all pictures have in common, as SVG text: the sheet, letters that can be read on a phone,
// and colours that can be told apart with any kind of colour vision and in print.
#pragma once

#include <string>
#include <string_view>

namespace t5 {

// A picture on white, with letters of 16 pixels: when it is no wider than 600, they are still some
// ten pixels high on a phone.
std::string svg_picture(double width, double height, std::string_view title,
                        std::string_view content);

// A picture's heading, for `content`.
std::string svg_heading(double x, double y, std::string_view text);

// `attributes` is text like "fill=\"#fff\" text-anchor=\"middle\"".
std::string svg_text(double x, double y, std::string_view attributes, std::string_view text);

// Words in lines of at most so many letters (70 fill a picture of 600), 24 pixels apart; y is the
// first line's. A longer word has a line of its own.
std::string svg_paragraph(double x, double y, size_t letters, std::string_view text);

// An arrow's tip, so many pixels long, for marker-end="url(#id)".
std::string svg_tip(std::string_view id, std::string_view colour, double size = 10);

// Text as it may stand in a picture: special characters escaped, what XML cannot hold replaced.
std::string svg_escaped(std::string_view text);

// The i-th of eight colours, which come round again. All stand out from white, 3 to 1; the first
// five stand apart from each other to the colour-blind too.
const char* svg_colour(size_t i);

// The i-th of eight marks around a point, in its colour: circle, square, triangle, diamond, then
// the same, hollow. For what a colour alone should not say.
std::string svg_mark(size_t i, double x, double y, double size = 4.5);

// About how wide a text is, in pixels, when its letters are `size` pixels high.
double svg_text_width(std::string_view text, double size = 16);

}  // namespace t5
