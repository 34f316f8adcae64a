#include "t5/compare/divergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

namespace t5 {

const char* const kDumpScript =
    R"(# python dump.py MODEL_DIR states.safetensors: the inner states of transformers on two sentences
import sys, torch
from safetensors.torch import save_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
model = AutoModelForSeq2SeqLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
text = "The cat sat on the mat and looked at the dog. "  # long: a wrong distance shows far away
batch = dict(tokenizer(["summarize: " + 12 * text, "Hi"], padding=True, return_tensors="pt"))
labels = tokenizer(["Hi I am", 12 * text], padding=True, return_tensors="pt").input_ids
batch["labels"] = labels.masked_fill(labels == tokenizer.pad_token_id, -100)
states = dict(batch)
def keep(name):
    return lambda module, inputs, out: states.update({name: out[0] if isinstance(out, tuple) else out})
for side in ("encoder", "decoder"):
    stack = getattr(model, side)
    for i, block in enumerate(stack.block):
        block.register_forward_hook(keep(f"{side}.block.{i}.output"))
    stack.final_layer_norm.register_forward_hook(keep(f"{side}_last_hidden_state"))
with torch.no_grad():
    output = model(**batch)
states |= {"logits": output.logits, "loss": output.loss.reshape(1)}
save_file({name: value.clone().contiguous() for name, value in states.items()}, sys.argv[2])
)";

namespace {

const Tensor* find(const States& states, const std::string& name) {
  for (const auto& [key, value] : states)
    if (key == name) return &value;
  return nullptr;
}

// The factor f for which f * ours is nearest to theirs.
double best_factor(const Tensor& ours, const Tensor& theirs) {
  double product = 0, square = 1e-300;
  for (int64_t i = 0; i < ours.size(); ++i) {
    double x = ours.data()[i], y = theirs.data()[i];
    product += x * y;
    square += x * x;
  }
  return product / square;
}

// Explains the first difference, in the state `name`.
class Explanation {
 public:
  Explanation(const Model& model, const Dump& dump, const std::string& name, const States& ours,
              double tolerance)
      : model_(model),
        config_(model.config()),
        dump_(dump),
        name_(name),
        states_(ours),
        ours_(find(ours, name)->as_contiguous()),
        theirs_(dump.state(name, ours_.shape())),
        tolerance_(tolerance) {}

  std::string text() const {
    for (std::string found :
         {constant_factor(), missing_norm(), confirmed_mistake(), other_head(), pattern()})
      if (!found.empty()) return found;
    return usual_suspects();
  }

 private:
  // Theirs are a multiple of ours: what is forgotten or done twice is a scaling.
  std::string constant_factor() const {
    double factor = best_factor(ours_, theirs_);
    if (std::abs(factor - 1) < tolerance_ || name_ == "loss") return "";
    Tensor scaled = map([f = static_cast<real>(factor)](real x) { return f * x; }, ours_);
    if (state_gap(scaled, theirs_) > tolerance_) return "";
    auto width = static_cast<double>(config_.d_model);
    auto is = [&](double value) { return std::abs(factor / value - 1) < 1e-3; };
    std::string text = fmt::format("theirs are {:.6g} times ours", factor);
    if (is(1 / std::sqrt(width)))
      return text +
             " = d_model^-0.5: they scale the decoder's output before the head, here it is "
             "not scaled (scale_decoder_outputs, tie_word_embeddings)";
    if (is(std::sqrt(width)))
      return text +
             " = sqrt(d_model): they do not scale the decoder's output by d_model^-0.5 "
             "before the head, here it is (scale_decoder_outputs, tie_word_embeddings)";
    if (is(width))
      return text +
             " = d_model: they multiply the decoder's output by sqrt(d_model) instead of "
             "dividing";
    return text + ": a constant factor";
  }

  // A final state that is still what the last block gave.
  std::string missing_norm() const {
    if (!name_.ends_with("last_hidden_state")) return "";
    auto at = std::find_if(states_.begin(), states_.end(),
                           [&](const auto& state) { return state.first == name_; });
    bool same =
        at != states_.begin() && state_gap((at - 1)->second.as_contiguous(), theirs_) < 1e-3;
    return same ? "theirs is the last block's output: the final norm is not applied" : "";
  }

  // The known mistake that makes ours theirs, or nearly: one fiftieth of the gap is left at most.
  std::string confirmed_mistake() const {
    // exercise 18-t5-small/confirm — make each known mistake; the one that closes the gap is it
    double before = state_gap(ours_, theirs_);
    double best = std::isfinite(before) ? std::max(tolerance_, before / 50) : tolerance_;
    std::string description;
    for (const Mistake& mistake : known_mistakes(model_, name_)) {
      double after = state_gap(state_after(mistake), theirs_);
      if (after >= best) continue;
      best = after;
      description = mistake.description;
    }
    return description.empty() ? "" : "tried and confirmed: in the other one " + description;
    // end exercise
  }

  Tensor state_after(const Mistake& mistake) const {
    Batch batch = dump_.batch(mistake.config);
    if (mistake.batch) mistake.batch(batch);
    return find(inner_states(*with_mistake(model_, mistake), batch), name_)->as_contiguous();
  }

  std::string other_head() const {
    if (name_ != "logits" || model_.tied()) return "";
    Model tied(config_, shared_source(model_.parameters()), false);
    Tensor logits = *find(inner_states(tied, dump_.batch(config_)), "logits");
    double factor = best_factor(logits, theirs_);
    Tensor scaled = map([f = static_cast<real>(factor)](real x) { return f * x; }, logits);
    if (state_gap(scaled, theirs_) > tolerance_) return "";
    return "theirs are those of the shared embedding: the head is tied, here lm_head.weight is a "
           "matrix of its own";
  }

  bool differs(int64_t row) const {
    return state_gap(ours_.slice(0, row, row + 1), theirs_.slice(0, row, row + 1)) > tolerance_;
  }

  // What the places of the differences say.
  std::string pattern() const {
    if (name_ == "logits" || name_ == "loss") return "";
    bool decoder = name_.starts_with("decoder");
    Batch batch = dump_.batch(config_);
    const Segments& segments = decoder ? batch.targets : batch.sources;
    bool padded = false, full = false, full_differs = false, first = false, last = false;
    int64_t from = segments.longest();
    for (int64_t b = 0; b < segments.count(); ++b) {
      bool any = false;
      for (int64_t i = 0; i < segments.length(b); ++i) {
        if (!differs(segments.begin(b) + i)) continue;
        any = true;
        from = std::min(from, i);
        last |= i == segments.length(b) - 1;
      }
      (dump_.full(b) ? full : padded) = true;
      full_differs |= any && dump_.full(b);
    }
    first = from == 0;
    if (padded && full && !full_differs)
      return fmt::format("only rows with padded inputs differ: the padding mask of the {}",
                         decoder ? "cross-attention" : "encoder");
    if (decoder && !first)
      return fmt::format(
          "positions before {} agree: the decoder's position bias (buckets, max_distance) or its "
          "causal mask",
          from);
    if (decoder && !last)
      return "the last position agrees, those before it do not: the causal mask is missing";
    return "";
  }

  std::string usual_suspects() const {
    if (name_ == "loss")
      return fmt::format(
          "the logits agree: which labels count, or how they are averaged "
          "(theirs / ours = {:.6g}, {} labels count)",
          best_factor(ours_, theirs_), dump_.batch(config_).label_count());
    if (name_ == "logits") return "the states agree: the matrix of the head, or its scaling";
    if (name_.ends_with("last_hidden_state")) return "the blocks agree: the final norm";
    if (name_ == "encoder.block.0.output")
      return "position bias, scaling of scores or embeddings, epsilon, activation (gelu by erf "
             "instead of gelu_new?), or this block's weights";
    if (name_ == "decoder.block.0.output")
      return "the encoder agrees: the decoder's inputs (start token, shift), causal mask, position "
             "bias, cross-attention, or this block's weights";
    return "the block before agrees: this block's weights, or the position bias handed to it";
  }

  const Model& model_;
  const Config& config_;
  const Dump& dump_;
  std::string name_;
  const States& states_;
  Tensor ours_, theirs_;
  double tolerance_;
};

}  // namespace

double state_gap(const Tensor& ours, const Tensor& theirs) {
  const Tensor a = ours.as_contiguous(), b = theirs.as_contiguous();
  // exercise 18-t5-small/gap — the largest difference, in terms of the largest number
  double difference = 0, largest = 1e-30;
  for (int64_t i = 0; i < a.size(); ++i) {
    double x = a.data()[i], y = b.data()[i];
    if (!std::isfinite(x - y)) return HUGE_VAL;
    difference = std::max(difference, std::abs(x - y));
    largest = std::max(largest, std::abs(y));
  }
  return difference / largest;
  // end exercise
}

Divergence find_divergence(const Model& model, const Dump& dump, double tolerance) {
  Divergence result;
  States ours = inner_states(model, dump.batch(model.config()));
  // exercise 18-t5-small/first — every gap, in the order of computation, and the first too large
  for (const auto& [name, state] : ours) {
    Tensor theirs = dump.state(name, state.shape());
    if (!theirs.defined()) continue;
    double gap = state_gap(state, theirs);
    result.states.push_back({name, gap});
    if (result.first.empty() && gap > tolerance) result.first = name;
  }
  // end exercise
  check(!result.states.empty(),
        "diff: the dump holds no state that this model has; t5 diff --script prints how to make "
        "one");
  if (!result.first.empty())
    result.cause = Explanation(model, dump, result.first, ours, tolerance).text();
  return result;
}

}  // namespace t5
