// The commands of the program: each function declares one, or a group, with what it does.
#pragma once

#include "t5/cli/json_answer.h"
#include "t5/cli/program.h"
#include "t5/text/tokenizer.h"
#include "tensor/real.h"

namespace t5 {

void add_info(Program& program);
void add_tokenizer(Program& program);
void add_new(Program& program);
void add_inspect(Program& program);
void add_convert(Program& program);
void add_pretrain(Program& program);
void add_train(Program& program);
void add_generate(Program& program);
void add_score(Program& program);
void add_evaluate(Program& program);
void add_embed(Program& program);
void add_diff(Program& program);
void add_verify(Program& program);
void add_classify(Program& program);
void add_answer(Program& program);

// The ids written on one line, separated by spaces. `place` is named in errors.
Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size);
// The ids of a line of text; without a tokenizer the line is ids. None at all throws.
Ids read_ids(const std::string& line, const std::string& place, const Tokenizer* tokenizer,
             int64_t vocab_size);

struct Line {
  std::string text, place;
};
// Standard input, `count` lines at a time, so that what is read is answered; flushes after each.
void for_each_chunk(size_t count, const std::function<void(const std::vector<Line>&)>& answer);

}  // namespace t5
