#include "t5/train/span_corruption.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

namespace t5 {

NoiseCounts noise_counts(int64_t length, const NoiseOptions& options) {
  check(options.density > 0 && options.density < 1 && options.mean_span_length >= 1,
        "noise: a density of {} in spans of {}; it takes a share between 0 and 1, and at least 1",
        options.density, options.mean_span_length);
  length = std::max<int64_t>(length, 2);
  // In float, as the published masks are counted: 190 · 0.15f is a little above 28.5. std::lrint
  // rounds halves to the even neighbour, as TensorFlow does; std::lround would not.
  auto rounded = [](float x) -> int64_t { return std::lrint(x); };
  int64_t noise = rounded(static_cast<float>(length) * static_cast<float>(options.density));
  noise = std::clamp<int64_t>(noise, 1, length - 1);
  int64_t spans = rounded(static_cast<float>(noise) / static_cast<float>(options.mean_span_length));
  return {noise, std::clamp<int64_t>(spans, 1, std::min(noise, length - noise))};
}

ChunkLengths chunk_lengths(int64_t inputs, const NoiseOptions& options) {
  check(inputs >= 3, "an input of {} tokens has no room for text, a sentinel and eos: at least 3",
        inputs);
  // exercise 13-span-corruption/lengths — how much text fills an input
  auto corrupted = [&](int64_t tokens) -> ChunkLengths {
    auto [noise, spans] = noise_counts(tokens, options);
    return {tokens, tokens - noise + spans + 1, noise + spans + 1};  // one for eos
  };
  ChunkLengths longest = corrupted(2);
  for (ChunkLengths next = longest; next.inputs <= inputs; next = corrupted(next.tokens + 1))
    longest = next;
  if (options.density == 0.5 && longest.targets > longest.inputs) {  // the published special case
    --longest.tokens;
    --longest.targets;
  }
  return longest;
  // end exercise
}

std::vector<int64_t> random_segmentation(int64_t items, int64_t segments, Random& random) {
  check(segments >= 1 && segments <= items, "segmentation: {} items in {} non-empty segments",
        items, segments);
  // exercise 13-span-corruption/random-segmentation — a random choice of places to cut
  std::vector<char> is_cut(items - 1, false);  // between item i and item i + 1
  std::fill_n(is_cut.begin(), segments - 1, true);
  random.shuffle(is_cut);
  std::vector<int64_t> lengths = {1};
  for (bool cut : is_cut) {
    if (cut) lengths.push_back(0);
    ++lengths.back();
  }
  return lengths;
  // end exercise
}

std::vector<bool> random_spans_noise_mask(int64_t length, const NoiseOptions& options,
                                          Random& random) {
  // exercise 13-span-corruption/noise-mask — kept and hidden spans take turns
  auto [noise, spans] = noise_counts(length, options);
  int64_t kept_tokens = std::max<int64_t>(length, 2) - noise;
  std::vector<int64_t> hidden = random_segmentation(noise, spans, random);
  std::vector<int64_t> kept = random_segmentation(kept_tokens, spans, random);
  std::vector<bool> is_hidden;
  for (int64_t k = 0; k < spans; ++k) {
    is_hidden.insert(is_hidden.end(), kept[k], false);
    is_hidden.insert(is_hidden.end(), hidden[k], true);
  }
  is_hidden.resize(length);  // a length below 2 was counted as 2
  return is_hidden;
  // end exercise
}

std::vector<bool> iid_noise_mask(int64_t length, double density, Random& random) {
  std::vector<bool> is_hidden(length);
  for (int64_t i = 0; i < length; ++i) is_hidden[i] = random.uniform() < density;
  return is_hidden;
}

Markers markers_of(const Tokenizer& tokenizer, const std::string& sentinels) {
  check(sentinels == "published" || sentinels == "tokenizer",
        "sentinels: '{}' is not one of published, tokenizer", sentinels);
  if (sentinels == "published")
    return {tokenizer.published_sentinels(), tokenizer.eos_id(), tokenizer.vocab_size()};
  Markers markers{{}, tokenizer.eos_id(), tokenizer.vocab_size()};
  for (int64_t k = 0; k < tokenizer.sentinel_count(); ++k)
    markers.sentinels.push_back(tokenizer.sentinel(k));
  return markers;
}

namespace {

int64_t span_count(const std::vector<bool>& is_hidden) {
  int64_t spans = 0;
  for (size_t i = 0; i < is_hidden.size(); ++i)
    spans += is_hidden[i] && (i == 0 || !is_hidden[i - 1]);
  return spans;
}

}  // namespace

TokenPair hide_spans(std::span<const Id> tokens, const std::vector<bool>& is_hidden,
                     const Markers& markers) {
  check(tokens.size() == is_hidden.size(), "hide: a mask of {} for {} tokens", is_hidden.size(),
        tokens.size());
  check(span_count(is_hidden) <= std::ssize(markers.sentinels),
        "hide: {} spans, but the tokenizer has {} sentinels; shorten the inputs or lengthen the "
        "spans",
        span_count(is_hidden), markers.sentinels.size());
  // exercise 13-span-corruption/sentinels — input and target of a text with holes
  TokenPair pair;
  size_t next_sentinel = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!is_hidden[i]) {
      pair.input.push_back(tokens[i]);
      continue;
    }
    if (i == 0 || !is_hidden[i - 1]) {  // a span begins
      pair.input.push_back(markers.sentinels[next_sentinel]);
      pair.target.push_back(markers.sentinels[next_sentinel]);
      ++next_sentinel;
    }
    pair.target.push_back(tokens[i]);
  }
  pair.input.push_back(markers.eos);
  pair.target.push_back(markers.eos);
  return pair;
  // end exercise
}

Objective span_corruption(const NoiseOptions& options, Markers markers) {
  return [=](std::span<const Id> tokens, Random random) {
    return hide_spans(tokens, random_spans_noise_mask(std::ssize(tokens), options, random),
                      markers);
  };
}

Objective iid_denoising(const NoiseOptions& options, Markers markers) {
  return [=](std::span<const Id> tokens, Random random) {
    return hide_spans(tokens, iid_noise_mask(std::ssize(tokens), options.density, random), markers);
  };
}

Objective prefix_language_model(Markers markers) {
  return [=](std::span<const Id> tokens, Random random) {
    auto length = std::ssize(tokens);
    int64_t cut = length < 2 ? length : 1 + random.below(length - 1);  // in [1, length - 1]
    TokenPair pair{{tokens.begin(), tokens.begin() + cut}, {tokens.begin() + cut, tokens.end()}};
    pair.input.push_back(markers.eos);
    pair.target.push_back(markers.eos);
    return pair;
  };
}

}  // namespace t5
