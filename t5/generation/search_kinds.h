// The two kinds of search, and the choices they are made of.
#pragma once

#include "t5/generation/search.h"

namespace t5 {

int64_t largest(std::span<const real> scores);  // the first of the largest
// An index drawn with probability e^(score - log_z).
int64_t draw_from(std::span<const real> scores, real log_z, Random& random);

std::unique_ptr<Search> make_independent_rows(const GenerationOptions& options,
                                              const GenerationContext& context, const Ids& prompt,
                                              const Random& random);
std::unique_ptr<Search> make_beam_search(const GenerationOptions& options,
                                         const GenerationContext& context, const Ids& prompt,
                                         const Random& random);

}  // namespace t5
