// T5's pretraining objective: a text with holes goes in, what stood in the holes comes out (Raffel
// et al. 2020, section 3.1.4). Others that the paper compares with it are in objectives.h.
//
//   Thank you for inviting me to your party last week
//   input    Thank you <extra_id_0> me to your party <extra_id_1> week </s>
//   target   <extra_id_0> for inviting <extra_id_1> last </s>
//
// Lengths and masks are those of T5's published preprocessing (random_spans_helper,
// random_spans_noise_mask), which counts in double for lengths and in float for masks. Both are
// counted in float here: an example has the lengths that were computed for it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "t5/train/training_set.h"

namespace t5 {

struct NoiseOptions {
  double density = 0.15;        // share of the tokens that are hidden, between 0 and 1
  double mean_span_length = 3;  // tokens in a hidden span, on average; at least 1
};

// How many of `length` tokens are hidden, and in how many spans. Rounded half to even; at least one
// token is hidden and one is not, where there are two.
struct NoiseCounts {
  int64_t noise, spans;
};
NoiseCounts noise_counts(int64_t length, const NoiseOptions& options);

// The lengths that belong together: of a chunk of text, and of the input and the target made of it,
// both with eos.
struct ChunkLengths {
  int64_t tokens, inputs, targets;
};
// Of the longest chunk whose input has at most `inputs` tokens. For 512: 568 tokens, 114 in the
// target.
ChunkLengths chunk_lengths(int64_t inputs, const NoiseOptions& options);

// `segments` lengths, each at least 1, that add up to `items`: every such list is equally likely.
// Needs 1 ≤ segments ≤ items.
std::vector<int64_t> random_segmentation(int64_t items, int64_t segments, Random& random);

// Which of `length` tokens are hidden. The spans kept and hidden take turns, a kept one first, so
// that the last token is hidden.
std::vector<bool> random_spans_noise_mask(int64_t length, const NoiseOptions& options,
                                          Random& random);
// Each token hidden by a draw of its own.
std::vector<bool> iid_noise_mask(int64_t length, double density, Random& random);

// The ids that an objective adds to the text.
struct Markers {
  Ids sentinels;  // of the first hidden span, the second, …
  Id eos = 1;
  Id vocab_size = 0;  // ids below it may stand in a text
};
// `sentinels`: "published", those that the published models of this tokenizer were pretrained with;
// "tokenizer", the ids that it gives <extra_id_0>, <extra_id_1>, … They differ for ByT5 alone.
Markers markers_of(const Tokenizer& tokenizer, const std::string& sentinels = "published");

// The k-th hidden span is replaced by sentinel k in the input; the target is, for each k, sentinel
// k and the span. Both end in eos. More spans than sentinels throw.
TokenPair hide_spans(std::span<const Id> tokens, const std::vector<bool>& is_hidden,
                     const Markers& markers);

// The objectives, as functions of a chunk and a generator.
Objective span_corruption(const NoiseOptions& options, Markers markers);
Objective iid_denoising(const NoiseOptions& options, Markers markers);
// Prefix language model: the text up to a random place goes in, the rest comes out.
Objective prefix_language_model(Markers markers);

}  // namespace t5
