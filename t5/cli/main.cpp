// build/t5: results on stdout, everything else on stderr. Exit status 2 for wrong usage, 1 for a
// failure (of ours too, which the line then says), 128 + N after signal N (130: Ctrl-C).

#include "t5/cli/commands.h"
#include "t5/cli/standard_streams.h"
#include "tensor/ops/blas.h"

namespace {

int run(int argc, char** argv) {
  t5::prepare_blas();  // while there is one thread
  t5::Program program("T5 from Scratch: train small T5 models, load published ones, use them.",
                      "t5");
  t5::add_info(program);
  t5::add_tokenizer(program);
  t5::add_clean(program);
  t5::add_new(program);
  t5::add_pretrain(program);
  t5::add_tasks(program);
  t5::add_train(program);
  t5::add_generate(program);
  t5::add_score(program);
  t5::add_evaluate(program);
  t5::add_metrics(program);
  t5::add_classify(program);
  t5::add_answer(program);
  t5::add_embed(program);
  t5::add_diff(program);
  t5::add_verify(program);
  t5::add_inspect(program);
  t5::add_convert(program);
  return program.run(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  return t5::run_program("t5", [&] { return run(argc, argv); });
}
