// The commands of the program: each function declares one, or a group, with what it does.
#pragma once

#include "t5/cli/json_answer.h"
#include "t5/cli/program.h"

namespace t5 {

void add_info(Program& program);
void add_tokenizer(Program& program);
void add_new(Program& program);
void add_inspect(Program& program);
void add_convert(Program& program);
void add_clean(Program& program);
void add_pretrain(Program& program);
void add_tasks(Program& program);
void add_train(Program& program);
void add_generate(Program& program);
void add_score(Program& program);
void add_evaluate(Program& program);
void add_metrics(Program& program);
void add_embed(Program& program);
void add_diff(Program& program);
void add_verify(Program& program);
void add_classify(Program& program);
void add_answer(Program& program);

}  // namespace t5
