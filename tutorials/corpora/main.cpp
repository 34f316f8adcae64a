// build/corpus: writes the course's small corpora, one sub-command each.
//
// Exit status: 0, 1 for a failure (one line on stderr), 2 for wrong usage.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "tutorials/corpora/english_french/corpus.h"

namespace {

using namespace t5::corpus;

struct EnglishFrenchCommand {
  EnglishFrenchOptions options;
  std::string output;

  void add(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "english-french", "English-French sentence pairs: train, valid, test and unseen.tsv");
    command->footer("Example: build/corpus english-french --output build/data/english_french");
    command->add_option("--output", output, "directory for the four files, made if need be")
        ->required()
        ->type_name("DIR");
    command->add_option("--seed", options.seed, "the same seed gives the same files")
        ->capture_default_str()
        ->type_name("N");
    command->add_option("--train", options.train, "number of training pairs")
        ->check(CLI::Range(int64_t{1}, int64_t{200000}))
        ->capture_default_str()
        ->type_name("N");
    command->callback([this] { run(); });
  }

  void run() const {
    EnglishFrench corpus = make_english_french(options);
    write_english_french(corpus, output);
    std::fprintf(stderr, "%s: %zu train, %zu valid, %zu test, %zu unseen pairs\n", output.c_str(),
                 corpus.train.size(), corpus.valid.size(), corpus.test.size(),
                 corpus.unseen.size());
  }
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes the small corpora of the course.", "corpus");
  app.require_subcommand(1);
  EnglishFrenchCommand english_french;
  english_french.add(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "corpus: %s (see corpus --help)\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "corpus: %s\n", error.what());
    return 1;
  }
  return 0;
}
