// build/t5: results on stdout, everything else on stderr. Exit status 2 for wrong usage, 1 for a
// failure, 130 after Ctrl-C.

#include <cstdio>
#include <new>

#include "t5/cli/commands.h"
#include "t5/train/interrupt.h"
#include "tensor/error.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("T5 from Scratch: train small T5 models, load published ones, and use them.", "t5");
  app.require_subcommand(1);
  app.footer("Each command explains itself: t5 COMMAND --help");
  t5::add_info(app);
  t5::add_tokenizer(app);
  t5::add_new(app);
  t5::add_train(app);
  t5::add_generate(app);
  t5::add_score(app);
  t5::add_evaluate(app);
  t5::add_inspect(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help
    return app.exit(success);
  } catch (const CLI::RuntimeError& stop) {  // a command's own exit status
    return stop.get_exit_code();
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "t5: {}; see t5 --help\n", error.what());
    return 2;
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    t5::fail("standard output: cannot be written");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "t5: out of memory; try a smaller --batch-size or model\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "t5: {}\n", error.what());
  }
  return 1;
}
