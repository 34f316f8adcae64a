#include "t5/text/ids.h"

#include <algorithm>
#include <cstdlib>

#include "tensor/error.h"

namespace t5 {

Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size) {
  Ids ids;
  for (size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string::npos;) {
    size_t end = std::min(line.find(' ', at), line.size());
    std::string word = line.substr(at, end - at);
    char* rest = nullptr;
    long long id = std::strtoll(word.c_str(), &rest, 10);
    check(*rest == '\0' && id >= 0 && id < vocab_size, "{}: '{}' is not an id from 0 to {}", place,
          word, vocab_size - 1);
    ids.push_back(static_cast<Id>(id));
    at = end;
  }
  return ids;
}

}  // namespace t5
