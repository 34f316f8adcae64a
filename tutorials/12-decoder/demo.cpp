// A whole T5 of the shape of t5-small, fresh: the shape of every tensor on the way, its first loss,
// its parameters, counted; who sees whom, measured; and the drawing of it all.

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <fstream>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "t5/model/model.h"
#include "tutorials/12-decoder/drawing.h"
#include "tutorials/12-decoder/masks.h"

using namespace t5;

namespace {

void show(const char* what, const Shape& shape) {
  fmt::print("  {:<44}{}\n", what, to_string(shape));
}

// Two pairs: 7 and 4 source tokens, 5 and 3 target tokens, one label of them ignored.
Batch example(const Config& config) {
  std::vector<TokenPair> pairs{{{13959, 1566, 12, 2968, 10, 8774, 1}, {11560, 55, 21, 2, 1}},
                               {{21603, 10, 8774, 1}, {8774, kIgnoredLabel, 1}}};
  return make_batch(pairs, config);
}

void print_ids(const char* what, const Ids& ids) {
  fmt::print("  {:<16}", what);
  for (Id id : ids) fmt::print("{:>7}", id);
  fmt::print("\n");
}

void walk_through(const Model& model, const Batch& batch) {
  fmt::print("two pairs, laid end to end\n");
  print_ids("inputs", batch.inputs);
  print_ids("decoder inputs", batch.decoder_inputs);
  print_ids("labels", batch.labels);
  fmt::print("\nthe shapes on the way\n");
  NoGrad no_grad;
  show("shared.weight", model.parameters().find("shared.weight")->shape());
  Var logits = model.forward(batch, {}, [](const std::string& name, const Var& state) {
    show(name.c_str(), state.shape());
  });
  show("logits", logits.shape());
  Var loss = cross_entropy(logits, batch.labels);
  show("loss", loss.shape());
  double vocabulary = static_cast<double>(model.config().vocab_size);
  fmt::print("\nfirst loss {:.2f}; log V + 1/2 = {:.2f}\n\n", loss.item(),
             std::log(vocabulary) + 0.5);
}

// What a parameter belongs to, from its name.
int part_of(const std::string& name) {
  auto has = [&](const char* text) { return name.find(text) != std::string::npos; };
  if (has("shared") || has("lm_head")) return 0;
  if (has("layer_norm") || has("relative_attention_bias")) return 6;
  if (has("encoder")) return has("SelfAttention") ? 1 : 2;
  return has("SelfAttention") ? 3 : has("EncDecAttention") ? 4 : 5;
}

void count_parameters(const Model& model) {
  std::array<int64_t, kParts.size()> counts{};
  for (const Parameter& p : model.parameters().all())
    counts[part_of(p.name)] += p.var.value().size();
  int64_t total = model.parameters().element_count();
  fmt::print("where the parameters of t5-small lie\n");
  for (size_t k = 0; k < kParts.size(); ++k)
    fmt::print("  {:<28}{:>12}{:>8.1f} %\n", kParts[k], counts[k],
               100.0 * static_cast<double>(counts[k]) / static_cast<double>(total));
  fmt::print("  {:<28}{:>12}   by arithmetic {}\n\n", "all", total,
             parameter_count(model.config()));
}

// How strongly row i of the decoder depends on every token: the size of the gradient of one number
// of its state with respect to the embedded tokens.
struct Views {
  Tensor source, target;  // (T, S) and (T, T)
};

Views who_sees_whom(int64_t sources, int64_t targets) {
  Config config = preset_config("tiny");
  Parameters parameters(random_source(3));
  Encoder encoder(Scope(parameters) / "encoder", config);
  Decoder decoder(Scope(parameters) / "decoder", config);
  Random random(4);
  Var source(Tensor::normal({sources, config.d_model}, random), true);
  Var target(Tensor::normal({targets, config.d_model}, random), true);
  Views views{Tensor({targets, sources}), Tensor({targets, targets})};
  for (int64_t i = 0; i < targets; ++i) {
    Var memory = encoder(source, Segments({sources}), {});
    Segments own({targets});
    Var states = decoder(target, {own, own, true}, memory, {own, Segments({sources})}, {});
    source.zero_grad(), target.zero_grad();
    sum(slice(slice(states, 0, i, i + 1), 1, 0, 1)).backward();
    for (int64_t j = 0; j < sources; ++j)
      views.source.mutable_data()[i * sources + j] = real(squared_norm(source.grad().select(0, j)));
    for (int64_t j = 0; j < targets; ++j)
      views.target.mutable_data()[i * targets + j] = real(squared_norm(target.grad().select(0, j)));
  }
  return views;
}

int64_t zeros(const Tensor& x) {
  std::vector<real> values = x.to_vector();
  return std::count(values.begin(), values.end(), real(0));
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = argc > 1 ? argv[1] : ".";
  Config config = preset_config("t5-small");
  auto model = make_model(config, 1);
  walk_through(*model, example(config));
  count_parameters(*model);

  fmt::print("parameters by arithmetic\n");
  const std::vector<std::string> names{"t5-small", "t5-base",       "t5-large",  "t5-3b",
                                       "t5-11b",   "t5-v1_1-small", "mt5-small", "byt5-small"};
  for (const std::string& name : names)
    fmt::print("  {:<16}{:>16}\n", name, parameter_count(preset_config(name)));

  Views views = who_sees_whom(9, 7);
  fmt::print(
      "\nwho sees whom: of 7 x 9 gradients on the source {} are zero, of 7 x 7 on the target {}\n",
      zeros(views.source), zeros(views.target));
  std::vector<Architecture> three = three_architectures();
  fmt::print(
      "{} tokens are read, {} written: of {} x {} pairs one does not depend on the other in\n",
      kSource, kTokens - kSource, kTokens, kTokens);
  for (const Architecture& one : three) fmt::print("  {:<24}{:>4}\n", one.name, zeros(one.depends));
  std::ofstream(folder + "/architectures.svg") << architectures_svg(three);
  std::ofstream(folder + "/masks.svg") << masks_svg();
  std::ofstream(folder + "/who-sees-whom.svg") << views_svg(views.source, views.target);
  std::ofstream(folder + "/parameters.svg") << parameters_svg(names);
  std::ofstream(folder + "/architecture.svg") << architecture_svg(config);
}
