// Where t5-small keeps its 60,506,624 numbers: a table, and a drawing in which every area is a
// number of parameters. The drawing is also the map of the course.
#include <fmt/format.h>

#include <array>
#include <string>

#include "t5/files/atomic_file.h"
#include "t5/model/model.h"
#include "t5/report/svg.h"

using namespace t5;

namespace {

// The parts that T5 is made of, by what their parameters' names contain.
struct Part {
  const char* name;
  const char* sign;  // in the parameter's name
  const char* chapter;
  const char* colour;
  int64_t tensors = 0, parameters = 0;
};
std::array<Part, 6> parts{{{"word vectors", "shared", "08-embeddings", "#00775f"},
                           {"self-attention", "SelfAttention.", "09-attention", "#0058a8"},
                           {"position bias", "relative_attention_bias", "10-positions", "#ae8a00"},
                           {"cross-attention", "EncDecAttention.", "12-decoder", "#7a1f5c"},
                           {"feed-forward", "DenseReluDense.", "11-encoder", "#bf4a00"},
                           {"norms", "layer_norm", "11-encoder", "#20242b"}}};

Part& part_of(const std::string& parameter) {
  // The bias lies inside of an attention: it is looked for first.
  for (size_t i : {2, 0, 1, 3, 4, 5})
    if (parameter.find(parts[i].sign) != std::string::npos) return parts[i];
  fail("demo: no part owns {}", parameter);
}

// The model as the program builds it. Its numbers are not needed, their count is: the memory is
// asked for and never touched, so that it costs nothing.
Model make_model() {
  auto untouched = [](const std::string&, const Shape& shape, const Init&) {
    return Var(Tensor(shape));
  };
  return Model(preset_config("t5-small"), untouched, false);
}

// Drawing: pixels, at one scale for all areas.
constexpr double kPixels = 4600 / 1e6;  // square pixels per parameter
constexpr double kColumn = 208, kGap = 56, kMargin = 14, kWidth = 2 * (kMargin + kColumn) + kGap;
constexpr double kBase = 710;  // the line on which the blocks stand

// A box that stands on `bottom`; returns its top.
double draw_box(std::string& svg, double x, double bottom, double width, int64_t parameters,
                const Part& part) {
  double height = static_cast<double>(parameters) * kPixels / width;
  svg += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
      "stroke=\"#ffffff\"/>\n",
      x, bottom - height, width, height, part.colour);
  std::string label = fmt::format("{}  {:.1f} M", part.name, static_cast<double>(parameters) / 1e6);
  svg += svg_text(x + width / 2, bottom - height / 2 + 5.5,
                  "text-anchor=\"middle\" fill=\"#ffffff\"", label);
  return bottom - height;
}

// A stack of blocks, the first at the bottom; returns its top. What is too small to see is left
// out.
double draw_stack(std::string& svg, const Model& model, const std::string& stack, double x) {
  double top = kBase;
  for (int block = 0; model.parameters().find(
           fmt::format("{}.block.{}.layer.0.SelfAttention.q.weight", stack, block));
       ++block) {
    std::string prefix = fmt::format("{}.block.{}.", stack, block);
    for (size_t kind : {1, 3, 4}) {
      int64_t count = 0;
      for (const Parameter& p : model.parameters().all())
        if (p.name.starts_with(prefix) && &part_of(p.name) == &parts[kind])
          count += p.var.shape().size();
      if (count > 0) top = draw_box(svg, x, top, kColumn, count, parts[kind]);
    }
    top -= 6;  // between blocks
  }
  svg += svg_text(x + kColumn / 2, top - 6,
                  "text-anchor=\"middle\" font-weight=\"600\" fill=\"#111827\"", stack);
  return top;
}

std::string drawing(const Model& model) {
  constexpr double kVectorsWidth = 2 * kColumn + kGap;
  std::string svg = svg_heading(kMargin, 27, "t5-small: areas are numbers of parameters");
  double top = draw_stack(svg, model, "encoder", kMargin), right = kMargin + kColumn + kGap;
  draw_stack(svg, model, "decoder", right);
  // What the encoder made of the input goes to every cross-attention.
  svg += fmt::format(
      "<path d=\"M{0:.1f},{1:.1f}H{2:.1f}m-9,-6l9,6l-9,6\" fill=\"none\" stroke=\"{3}\" "
      "stroke-width=\"2.5\"/>\n",
      kMargin + kColumn + 6, top + 22, right - 6, parts[3].colour);
  double bottom = kBase + 10 + static_cast<double>(parts[0].parameters) * kPixels / kVectorsWidth;
  draw_box(svg, kMargin, bottom, kVectorsWidth, parts[0].parameters, parts[0]);
  return svg_picture(kWidth, bottom + kMargin, "The parameters of t5-small, to scale", svg);
}

}  // namespace

int main(int, char** arguments) {
  Model model = make_model();
  int64_t total = 0;
  for (const Parameter& p : model.parameters().all()) {
    Part& part = part_of(p.name);
    ++part.tensors;
    part.parameters += p.var.shape().size();
    total += p.var.shape().size();
  }
  fmt::print("{:<18}{:>8}{:>14}{:>9}   chapter\n", "t5-small", "tensors", "parameters", "share");
  for (const Part& p : parts)
    fmt::print("{:<18}{:>8}{:>14}{:>7.1f} %   {}\n", p.name, p.tensors, p.parameters,
               100.0 * static_cast<double>(p.parameters) / static_cast<double>(total), p.chapter);
  fmt::print("{:<18}{:>8}{:>14}\n", "together", model.parameters().all().size(), total);
  write_file(arguments[1] + std::string("/t5-small.svg"), drawing(model));
}
