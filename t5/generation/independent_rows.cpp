// Greedy search and sampling: rows that know nothing of each other.

#include <cmath>

#include "t5/generation/search_kinds.h"
#include "tensor/ops/math.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

// Each row is one output in the making.
class IndependentRows : public Search {
 public:
  IndependentRows(const GenerationOptions& options, const GenerationContext& context,
                  const Ids& prompt, const Random& random)
      : processors_(make_processors(options, context)),
        eos_(context.eos),
        max_length_(context.max_length),
        prompt_length_(std::ssize(prompt)),
        draw_(options.do_sample),
        scored_(context.scored || draw_) {
    for (int64_t i = 0; i < options.num_return_sequences; ++i)
      outputs_.push_back({prompt, 0, random.fork(static_cast<uint64_t>(i))});
    for (Output& output : outputs_) alive_.push_back(&output);
  }

  int64_t rows() const override { return std::ssize(outputs_); }

  std::vector<Next> advance(std::span<real> logits, int64_t vocabulary) override {
    std::vector<Next> next;
    std::vector<Output*> alive;
    for (size_t row = 0; row < alive_.size(); ++row) {
      Output& output = *alive_[row];
      std::span<real> scores = logits.subspan(row * vocabulary, vocabulary);
      for (const LogitsProcessor& process : processors_) process(output.tokens, scores);
      Id token = choose(output, scores);
      output.tokens.push_back(token);
      bool ended = std::count(eos_.begin(), eos_.end(), token) > 0;
      if (ended || std::ssize(output.tokens) >= max_length_) continue;
      next.push_back({static_cast<int64_t>(row), token});
      alive.push_back(&output);
    }
    alive_ = std::move(alive);
    return next;
  }

  std::vector<Generated> results() override {
    std::vector<Generated> out;
    for (const Output& output : outputs_)
      out.push_back({{output.tokens.begin() + prompt_length_, output.tokens.end()}, output.score});
    return out;
  }

 private:
  struct Output {
    Ids tokens;
    double score;
    Random random;
  };

  Id choose(Output& output, std::span<real> scores) const {
    if (!scored_) return static_cast<Id>(largest(scores));  // nobody asks how likely it was
    real log_z = log_sum_exp(scores.data(), std::ssize(scores));
    int64_t token = draw_ ? draw_from(scores, log_z, output.random) : largest(scores);
    output.score += static_cast<double>(scores[token]) - log_z;
    return static_cast<Id>(token);
  }

  std::vector<LogitsProcessor> processors_;
  Ids eos_;
  int64_t max_length_, prompt_length_;
  bool draw_, scored_;
  std::vector<Output> outputs_;
  std::vector<Output*> alive_;
};

}  // namespace

int64_t largest(std::span<const real> scores) {
  real best = simd_max(std::ssize(scores), [&](int64_t i) { return scores[i]; });
  auto found = std::find(scores.begin(), scores.end(), best);
  return found == scores.end() ? 0 : found - scores.begin();  // all NaN: 0
}

// The inverse of the distribution function at a uniform number.
int64_t draw_from(std::span<const real> scores, real log_z, Random& random) {
  double left = random.uniform();
  int64_t last = 0;
  for (int64_t i = 0; i < std::ssize(scores); ++i) {
    double p = std::exp(static_cast<double>(scores[i]) - log_z);
    if (p <= 0) continue;
    last = i;
    if ((left -= p) < 0) break;
  }
  return last;
}

std::unique_ptr<Search> make_independent_rows(const GenerationOptions& options,
                                              const GenerationContext& context, const Ids& prompt,
                                              const Random& random) {
  return std::make_unique<IndependentRows>(options, context, prompt, random);
}

}  // namespace t5
