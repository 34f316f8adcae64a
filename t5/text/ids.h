// Token ids written as text: numbers with blanks between them.
#pragma once

#include <string>

#include "tensor/real.h"

namespace t5 {

// The ids on one line. What is not an id from 0 to vocab_size - 1 throws, naming `place`.
Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size);

}  // namespace t5
