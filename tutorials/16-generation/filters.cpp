#include "tutorials/16-generation/filters.h"

#include <fmt/format.h>

#include <cmath>

#include "t5/generation/processors.h"
#include "t5/report/heat_map.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

std::string filters_svg() {
  const std::vector<real> logits{4, real(3.5), 3, 2, 1, real(0.5), 0, -1};
  struct Setting {
    const char* name;
    double temperature, top_p, min_p;
    int64_t top_k;
  };
  HeatMap map{
      "Eight ways to draw", "the next token", "", {"a", "b", "c", "d", "e", "f", "g", "h"}, {}, {}};
  for (const Setting& s :
       {Setting{"as it is", 1, 1, 0, 0}, Setting{"temperature 0.5", 0.5, 1, 0, 0},
        Setting{"temperature 2", 2, 1, 0, 0}, Setting{"top-k 4", 1, 1, 0, 4},
        Setting{"top-p 0.8", 1, 0.8, 0, 0}, Setting{"min-p 0.5", 1, 1, 0.5, 0},
        Setting{"τ = 2, top-p 0.8", 2, 0.8, 0, 0}, Setting{"τ = 2, min-p 0.5", 2, 1, 0.5, 0}}) {
    GenerationOptions options{.do_sample = true,
                              .temperature = s.temperature,
                              .top_p = s.top_p,
                              .min_p = s.min_p,
                              .top_k = s.top_k};
    Ids tokens{0};
    std::vector<real> scores = logits;
    for (auto& process : make_processors(options, {tokens, {1}, 1, 9})) process(tokens, scores);
    map.rows.push_back(s.name);
    real log_z = log_sum_exp(scores.data(), std::ssize(scores));
    for (real score : scores) {
      map.values.push_back(std::exp(score - log_z));
      map.texts.push_back(score == -INFINITY ? "" : fmt::format("{:.2f}", map.values.back()));
    }
  }
  map.high = 0.9;
  return heat_map_svg(map);
}

}  // namespace t5::tutorial
