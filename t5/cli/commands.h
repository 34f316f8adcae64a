// The commands of the program: each function declares one, or a group, with what it does.
#pragma once

#include "t5/cli/options.h"
#include "tensor/real.h"

namespace t5 {

void add_info(Program& program);
void add_tokenizer(Program& program);
void add_new(Program& program);
void add_inspect(Program& program);
void add_convert(Program& program);
void add_train(Program& program);
void add_generate(Program& program);
void add_score(Program& program);
void add_evaluate(Program& program);

// The ids written on one line, separated by spaces. `place` is named in errors.
Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size);

}  // namespace t5
