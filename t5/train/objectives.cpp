#include "t5/train/objectives.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

Ids with_eos(std::span<const Id> tokens, const Markers& markers) {
  Ids ids(tokens.begin(), tokens.end());
  ids.push_back(markers.eos);
  return ids;
}

// Any id from the first that is a token of text (pad, eos and unk come before it) but a sentinel.
Id random_token(const Markers& markers, Random& random) {
  constexpr Id kFirst = 3;
  while (true) {
    Id id = kFirst + static_cast<Id>(random.below(markers.vocab_size - kFirst));
    if (std::find(markers.sentinels.begin(), markers.sentinels.end(), id) ==
        markers.sentinels.end())
      return id;
  }
}

// A chunk and eos fill the input.
int64_t whole_chunk(int64_t inputs, const NoiseOptions&) {
  check(inputs >= 3, "an input of {} tokens has no room for text and eos: at least 3", inputs);
  return inputs - 1;
}

}  // namespace

Objective masked_text(const NoiseOptions& options, Markers markers, double random_share) {
  check(!markers.sentinels.empty(),
        "objective: a tokenizer without sentinels has nothing to hide "
        "tokens behind; make one with --extra-ids");
  check(random_share == 0 || markers.vocab_size > 3 + std::ssize(markers.sentinels),
        "objective: {} ids, of which none is text", markers.vocab_size);
  return [=](std::span<const Id> tokens, Random random) {
    std::vector<bool> is_hidden = iid_noise_mask(std::ssize(tokens), options.density, random);
    TokenPair pair{with_eos(tokens, markers), with_eos(tokens, markers)};
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (!is_hidden[i]) continue;
      bool is_random = random.uniform() < random_share;
      pair.input[i] = is_random ? random_token(markers, random) : markers.sentinels.front();
    }
    return pair;
  };
}

Objective dropped_tokens(const NoiseOptions& options, Markers markers) {
  return [=](std::span<const Id> tokens, Random random) {
    std::vector<bool> is_hidden = iid_noise_mask(std::ssize(tokens), options.density, random);
    TokenPair pair;
    for (size_t i = 0; i < tokens.size(); ++i)
      (is_hidden[i] ? pair.target : pair.input).push_back(tokens[i]);
    pair.input.push_back(markers.eos);
    pair.target.push_back(markers.eos);
    return pair;
  };
}

Objective deshuffling(Markers markers) {
  return [=](std::span<const Id> tokens, Random random) {
    Ids shuffled(tokens.begin(), tokens.end());
    random.shuffle(shuffled);
    return TokenPair{with_eos(shuffled, markers), with_eos(tokens, markers)};
  };
}

Objective plain_language_model(Markers markers) {
  return [=](std::span<const Id> tokens, Random) {
    return TokenPair{{markers.eos}, with_eos(tokens, markers)};
  };
}

const std::vector<ObjectiveKind>& objective_kinds() {
  auto span_chunk = [](int64_t inputs, const NoiseOptions& o) {
    return chunk_lengths(inputs, o).tokens;
  };
  auto cut_chunk = [](int64_t inputs, const NoiseOptions&) { return inputs; };
  using Noise = const NoiseOptions&;
  static const std::vector<ObjectiveKind> kinds = {
      {"span-corruption", true, true, span_chunk, &span_corruption},
      {"iid-denoising", true, true, span_chunk, &iid_denoising},
      {"prefix-lm", false, false, cut_chunk,
       [](Noise, Markers markers) { return prefix_language_model(std::move(markers)); }},
      {"bert", true, false, whole_chunk,
       [](Noise o, Markers markers) { return masked_text(o, std::move(markers), kRandomShare); }},
      {"mass", true, false, whole_chunk,
       [](Noise o, Markers markers) { return masked_text(o, std::move(markers), 0); }},
      {"drop-tokens", true, false, whole_chunk, &dropped_tokens},
      {"deshuffling", false, false, whole_chunk,
       [](Noise, Markers markers) { return deshuffling(std::move(markers)); }},
      {"lm", false, false, whole_chunk,
       [](Noise, Markers markers) { return plain_language_model(std::move(markers)); }},
  };
  return kinds;
}

const ObjectiveKind& objective_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const ObjectiveKind& kind : objective_kinds()) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("objective: '{}' is not one of {}", name, fmt::join(names, ", "));
}

}  // namespace t5
