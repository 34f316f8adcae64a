// build/t5: results on stdout, everything else on stderr. Exit status 2 for wrong usage, 1 for a
// failure (of ours too, which the line then says), 130 after Ctrl-C.

#include <fmt/core.h>

#include <cstdio>
#include <new>

#include "t5/cli/commands.h"
#include "tensor/error.h"
#include "tensor/ops/blas.h"

namespace {

int run(int argc, char** argv) {
  t5::prepare_blas();  // while there is one thread
  t5::Program program("T5 from Scratch: train small T5 models, load published ones, use them.",
                      "t5");
  t5::add_info(program);
  t5::add_tokenizer(program);
  t5::add_new(program);
  t5::add_pretrain(program);
  t5::add_train(program);
  t5::add_generate(program);
  t5::add_score(program);
  t5::add_evaluate(program);
  t5::add_classify(program);
  t5::add_answer(program);
  t5::add_embed(program);
  t5::add_diff(program);
  t5::add_verify(program);
  t5::add_inspect(program);
  t5::add_convert(program);
  int status = program.run(argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    t5::fail("standard output: cannot be written");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "t5: out of memory; try a smaller --batch-size or model\n");
  } catch (const t5::ContractError& error) {
    fmt::print(stderr, "t5: a mistake of this program's, not of its input: {}\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "t5: {}\n", error.what());
  }
  return 1;
}
