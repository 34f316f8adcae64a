#include "tutorials/08-embeddings/pairs_map.h"

#include <algorithm>

#include "t5/report/heat_map.h"

namespace t5 {

std::string pairs_map(const char* title, const Tensor& p, const WordText& text) {
  HeatMap map{title, "the next word", "a word", {}, {}, {}};
  std::vector<int64_t> ids;
  for (const char* word : {".", "the", "my", "i", "she", "will", "can", "not", "see", "in", "old",
                           "red", "cat", "house"}) {
    ids.push_back(std::find(text.words.begin(), text.words.end(), word) - text.words.begin());
    map.rows.push_back(word);
  }
  map.columns = map.rows;
  for (int64_t row : ids)
    for (int64_t column : ids) map.values.push_back(p.at({row, column}));
  return heat_map_svg(map);
}

}  // namespace t5
