#include "t5/generation/processors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

constexpr real kForbidden = -std::numeric_limits<real>::infinity();

void forbid(std::span<real> scores, std::span<const Id> ids) {
  for (Id id : ids)
    if (id >= 0 && id < std::ssize(scores)) scores[id] = kForbidden;
}

bool ends_with(std::span<const Id> tokens, std::span<const Id> suffix) {
  return tokens.size() >= suffix.size() &&
         std::equal(suffix.begin(), suffix.end(), tokens.end() - std::ssize(suffix));
}

// A positive score is divided, a negative one multiplied: both make the token less likely (Keskar
// et al. 2019).
LogitsProcessor repetition_penalty(real penalty) {
  return [penalty](std::span<const Id> tokens, std::span<real> scores) {
    Ids seen(tokens.begin(), tokens.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (Id id : seen) scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
  };
}

// Forbids each token that would complete an n-gram of `text`, given the last n - 1 tokens.
void forbid_ngrams(std::span<const Id> text, std::span<const Id> tokens, int64_t n,
                   std::span<real> scores) {
  // exercise 16-generation/no-repeat — what followed the last n - 1 tokens before is forbidden
  if (std::ssize(tokens) + 1 < n) return;
  auto last = tokens.last(n - 1);
  for (int64_t i = 0; i + n <= std::ssize(text); ++i)
    if (std::equal(last.begin(), last.end(), text.begin() + i))
      forbid(scores, text.subspan(i + n - 1, 1));
  // end exercise
}

LogitsProcessor no_repeat_ngram(int64_t n) {
  return [n](std::span<const Id> tokens, std::span<real> scores) {
    forbid_ngrams(tokens, tokens, n, scores);
  };
}

LogitsProcessor encoder_no_repeat_ngram(int64_t n, std::span<const Id> input) {
  return [n, text = Ids(input.begin(), input.end())](std::span<const Id> tokens,
                                                     std::span<real> scores) {
    forbid_ngrams(text, tokens, n, scores);
  };
}

LogitsProcessor bad_words(const std::vector<Ids>& words, const Ids& eos) {
  std::vector<Ids> kept;
  for (const Ids& word : words) {
    bool is_eos = word.size() == 1 && std::count(eos.begin(), eos.end(), word[0]) > 0;
    if (!word.empty() && !is_eos) kept.push_back(word);
  }
  return [kept](std::span<const Id> tokens, std::span<real> scores) {
    for (std::span<const Id> word : kept)
      if (ends_with(tokens, word.first(word.size() - 1))) forbid(scores, word.last(1));
  };
}

LogitsProcessor suppress_below(int64_t length, const Ids& ids) {
  return [=](std::span<const Id> tokens, std::span<real> scores) {
    if (std::ssize(tokens) < length) forbid(scores, ids);
  };
}

LogitsProcessor suppress_at(int64_t length, const Ids& ids) {
  return [=](std::span<const Id> tokens, std::span<real> scores) {
    if (std::ssize(tokens) == length) forbid(scores, ids);
  };
}

LogitsProcessor force_at(int64_t length, const Ids& ids) {
  return [=](std::span<const Id> tokens, std::span<real> scores) {
    if (std::ssize(tokens) != length) return;
    std::fill(scores.begin(), scores.end(), kForbidden);
    for (Id id : ids) scores[id] = 0;
  };
}

// Only tokens that lead on to one of the outputs; where none does, only eos.
LogitsProcessor allowed_outputs(std::vector<Ids> outputs, const Ids& eos) {
  return [outputs = std::move(outputs), eos](std::span<const Id> tokens, std::span<real> scores) {
    auto made = tokens.subspan(1);
    Ids next;
    for (const Ids& output : outputs)
      if (output.size() > made.size() && std::equal(made.begin(), made.end(), output.begin()))
        next.push_back(output[made.size()]);
    if (next.empty()) next = eos;
    std::vector<real> kept;
    for (Id id : next) kept.push_back(scores[id]);
    std::fill(scores.begin(), scores.end(), kForbidden);
    for (size_t i = 0; i < next.size(); ++i) scores[next[i]] = kept[i];
  };
}

LogitsProcessor temperature(real t) {
  return [t](std::span<const Id>, std::span<real> scores) {
    for (real& score : scores) score /= t;
  };
}

// The k-th largest score.
real kth_largest(std::span<const real> scores, int64_t k) {
  std::vector<real> sorted(scores.begin(), scores.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<real>());
  return sorted[k - 1];
}

LogitsProcessor top_k(int64_t k) {
  return [k](std::span<const Id>, std::span<real> scores) {
    real lowest = kth_largest(scores, std::min<int64_t>(k, std::ssize(scores)));
    for (real& score : scores)
      if (score < lowest) score = kForbidden;
  };
}

std::vector<real> log_probabilities(std::span<const real> scores) {
  std::vector<real> out(scores.begin(), scores.end());
  real log_z = log_sum_exp(out.data(), std::ssize(out));
  for (real& x : out) x -= log_z;
  return out;
}

// The ids sorted by key, smallest first; equal keys in order of id.
template <class Key>
Ids sorted_by(int64_t count, const Key& key) {
  Ids ids(count);
  std::iota(ids.begin(), ids.end(), 0);
  std::stable_sort(ids.begin(), ids.end(), [&](Id a, Id b) { return key(a) < key(b); });
  return ids;
}

// Drops the least likely tokens as long as those dropped hold at most 1 - p, but never the `keep`
// likeliest (Holtzman et al. 2020).
void drop_tail(double p, int64_t keep, std::span<real> scores) {
  // exercise 16-generation/top-p — from the least likely upwards, until 1 - p would be exceeded
  std::vector<real> logs = log_probabilities(scores);
  Ids ids = sorted_by(std::ssize(logs), [&](Id id) { return logs[id]; });
  double dropped = 0;
  for (int64_t i = 0; i + keep < std::ssize(ids); ++i) {
    dropped += std::exp(static_cast<double>(logs[ids[i]]));
    if (dropped > 1 - p) break;
    scores[ids[i]] = kForbidden;
  }
  // end exercise
}

LogitsProcessor top_p(double p, int64_t keep) {
  return [=](std::span<const Id>, std::span<real> scores) { drop_tail(p, keep, scores); };
}

// Drops tokens less likely than the share p of the likeliest one (Nguyen et al. 2024).
LogitsProcessor min_p(double p, int64_t keep) {
  return [=](std::span<const Id>, std::span<real> scores) {
    real best = *std::max_element(scores.begin(), scores.end());
    real kept = kth_largest(scores, std::min<int64_t>(keep, std::ssize(scores)));
    auto lowest = static_cast<real>(best + std::log(p));
    for (real& score : scores)
      if (score < lowest && score < kept) score = kForbidden;
  };
}

// Keeps the tokens whose surprise is nearest to the expected one, until they hold p (Meister et al.
// 2023).
LogitsProcessor typical_p(double p, int64_t keep) {
  return [=](std::span<const Id>, std::span<real> scores) {
    std::vector<real> logs = log_probabilities(scores);
    double entropy = 0;
    for (real log : logs)
      if (log > kForbidden) entropy -= std::exp(static_cast<double>(log)) * log;
    auto surprise = [&](Id id) { return std::abs(-static_cast<double>(logs[id]) - entropy); };
    Ids ids = sorted_by(std::ssize(logs), surprise);
    double held = 0;
    size_t last = 0;  // the first token with which at least p is held
    for (; last + 1 < ids.size(); ++last) {
      held += std::exp(static_cast<double>(logs[ids[last]]));
      if (held >= p) break;
    }
    double limit = surprise(ids[last]);
    for (size_t i = std::max<size_t>(last, keep); i < ids.size(); ++i)
      if (surprise(ids[i]) > limit) scores[ids[i]] = kForbidden;
  };
}

void add_filters(const GenerationOptions& o, const Ids& eos, std::vector<LogitsProcessor>& out) {
  int64_t keep = o.num_beams > 1 ? std::ssize(eos) + 1 : 1;
  if (o.temperature != 1) out.push_back(temperature(static_cast<real>(o.temperature)));
  if (o.top_k > 0) out.push_back(top_k(std::max(o.top_k, keep)));
  if (o.top_p < 1) out.push_back(top_p(o.top_p, keep));
  if (o.min_p > 0) out.push_back(min_p(o.min_p, keep));
  if (o.typical_p < 1) out.push_back(typical_p(o.typical_p, keep));
}

}  // namespace

std::vector<LogitsProcessor> make_processors(const GenerationOptions& o,
                                             const GenerationContext& context) {
  std::vector<LogitsProcessor> out;
  const Ids& eos = context.eos;
  if (o.repetition_penalty != 1)
    out.push_back(repetition_penalty(static_cast<real>(o.repetition_penalty)));
  if (o.no_repeat_ngram_size > 0) out.push_back(no_repeat_ngram(o.no_repeat_ngram_size));
  if (o.encoder_no_repeat_ngram_size > 0)
    out.push_back(encoder_no_repeat_ngram(o.encoder_no_repeat_ngram_size, context.input));
  if (!o.bad_words_ids.empty()) out.push_back(bad_words(o.bad_words_ids, eos));
  if (o.min_length > 0) out.push_back(suppress_below(o.min_length, eos));
  if (o.min_new_tokens > 0)
    out.push_back(suppress_below(context.prompt_length + o.min_new_tokens, eos));
  if (!o.allowed_outputs.empty()) out.push_back(allowed_outputs(o.allowed_outputs, eos));
  Ids first = tokens_of(o.forced_bos_token_id), last = tokens_of(o.forced_eos_token_id);
  if (!first.empty()) out.push_back(force_at(1, first));
  if (!last.empty()) out.push_back(force_at(context.max_length - 1, last));
  if (!o.suppress_tokens.empty())
    out.push_back(suppress_below(std::numeric_limits<int64_t>::max(), o.suppress_tokens));
  if (!o.begin_suppress_tokens.empty()) {
    bool after_bos = context.prompt_length == 1 && !first.empty();
    out.push_back(suppress_at(context.prompt_length + after_bos, o.begin_suppress_tokens));
  }
  if (o.do_sample) add_filters(o, eos, out);
  return out;
}

}  // namespace t5
