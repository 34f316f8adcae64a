// How one input's output is searched for: greedily, by drawing, or with beams.
#pragma once

#include <memory>

#include "t5/generation/processors.h"
#include "tensor/random.h"

namespace t5 {

// One output, without the start token, up to and with eos.
struct Generated {
  Ids ids;
  double score = 0;  // beams: sum of log p / length^length_penalty; otherwise the sum of log p
};

// The hypotheses of one input, each a row of the decoder's state. After each step of the decoder,
// advance() gets its scores and says which rows go on with which token.
class Search {
 public:
  // A hypothesis of the next step: it continues row `parent` of this one with `token`.
  struct Next {
    int64_t parent;
    Id token;
  };

  virtual ~Search() = default;
  virtual int64_t rows() const = 0;  // of the first step
  // logits: (rows, V), which it may overwrite. Returns the rows of the next step; none: finished.
  virtual std::vector<Next> advance(std::span<real> logits, int64_t vocabulary) = 0;
  // num_return_sequences outputs, the best first (draws: as they were drawn).
  virtual std::vector<Generated> results() = 0;
};

// `prompt`: the start token and the prefix. The draws come from `random`.
std::unique_ptr<Search> make_search(const GenerationOptions& options,
                                    const GenerationContext& context, const Ids& prompt,
                                    const Random& random);

}  // namespace t5
