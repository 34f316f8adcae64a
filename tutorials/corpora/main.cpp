// build/corpus: writes the course's small corpora, one command each.
//
// Exit status: 0, 1 for a failure (one line on stderr), 2 for wrong usage.
#include <string>

#include "t5/cli/program.h"
#include "t5/cli/standard_streams.h"
#include "t5/report/message.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace {

using namespace t5::corpus;

struct EnglishFrenchCommand {
  EnglishFrenchOptions options;
  std::string output;
};

void declare_english_french(t5::Options& options, EnglishFrenchCommand& o) {
  options.required("--output", o.output, "directory for the four files, made if need be")
      .seed(o.options.seed)
      .integer("--train", o.options.train, "number of training pairs", 1, 200000);
}

void english_french(const EnglishFrenchCommand& command, const t5::Common& common) {
  EnglishFrench corpus = make_english_french(command.options);
  write_english_french(corpus, command.output);
  if (!common.quiet)
    t5::message("{}: {} train, {} valid, {} test, {} unseen pairs", command.output,
                corpus.train.size(), corpus.valid.size(), corpus.test.size(), corpus.unseen.size());
}

}  // namespace

int main(int argc, char** argv) {
  return t5::run_program("corpus", [&] {
    t5::Program program("Writes the small corpora of the course.", "corpus");
    program.command("english-french",
                    "English-French sentence pairs: train, valid, test and unseen.tsv",
                    "build/corpus english-french --output build/data/english_french",
                    declare_english_french, english_french);
    return program.run(argc, argv);
  });
}
