// Writing the target: one token at a time, each the most probable given those before it.
#pragma once

#include <functional>
#include <vector>

#include "t5/model/model.h"

namespace t5 {

struct GenerateOptions {
  int64_t max_new_tokens = 128;  // eos included
  int64_t batch_size = 64;       // inputs that are decoded together
};

// One output per input, without the start token, up to and with eos. Equal to decoding each input
// alone; rows that have ended cost nothing.
std::vector<Ids> generate(const Model& model, const std::vector<Ids>& inputs,
                          const GenerateOptions& options = {});

}  // namespace t5
