// build/corpus: writes the course's small corpora, one command each.
//
// Exit status: 0, 1 for a failure (one line on stderr), 2 for wrong usage.
#include <string>

#include "t5/cli/program.h"
#include "t5/cli/standard_streams.h"
#include "t5/report/message.h"
#include "tutorials/corpora/catalogues/corpus.h"
#include "tutorials/corpora/english_french/corpus.h"
#include "tutorials/corpora/village/corpus.h"

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

struct CataloguesCommand {
  CatalogueOptions options;
  std::string output;
  t5::Existing existing = t5::Existing::kRefuse;
};

void declare_catalogues(t5::Options& options, CataloguesCommand& o) {
  options.required("--output", o.output, "directory for the three files, made if need be")
      .text("--language", o.options.language, "as its folder is called: fr, de, pt_BR; required")
      .path("--folder", o.options.folder, "where the languages' folders are")
      .integer("--held", o.options.held, "pairs for validation, and as many for the test", 1,
               100000)
      .seed(o.options.seed)
      .overwrite(o.existing);
}

void catalogues(const CataloguesCommand& command, const t5::Common& common) {
  if (command.options.language.empty())
    throw t5::UsageError{"catalogues: --language is required: --language fr"};
  Catalogues corpus = read_catalogues(command.options);
  write_catalogues(corpus, command.output, command.existing);
  if (!common.quiet)
    t5::message("{}: {} train, {} valid, {} test pairs of {} messages in {} catalogues",
                command.output, corpus.train.size(), corpus.valid.size(), corpus.test.size(),
                corpus.messages, corpus.files);
}

struct VillageCommand {
  village::VillageOptions options{.examples = 0};
  std::string size = "medium", output;
};

void declare_village(t5::Options& options, VillageCommand& o) {
  options.required("--output", o.output, "directory for the files, made if need be")
      .one_of("--size", o.size, "examples of each task: 400, 2000 or 4000",
              {"small", "medium", "large"})
      .integer("--examples", o.options.examples, "or so many", 100, 100000)
      .seed(o.options.seed)
      .instead_of("--examples", "--size");
}

void write_village(const VillageCommand& command, const t5::Common& common) {
  village::VillageOptions options = command.options;
  if (options.examples == 0) options.examples = village::examples_of_size(command.size);
  village::Village made = village::make_village(options);
  village::write_village(made, command.output);
  if (!common.quiet)
    t5::message("{}: {} tasks, {} documents, {} people, {} firms, {} events", command.output,
                made.tasks.size(), made.text.size(), made.world.people.size(),
                made.world.firms.size(), made.world.events.size());
}

}  // namespace

int main(int argc, char** argv) {
  return t5::run_program("corpus", [&] {
    t5::Program program("Writes the small corpora of the course.", "corpus");
    program.command("english-french",
                    "English-French sentence pairs: train, valid, test and unseen.tsv",
                    "build/corpus english-french --output build/data/english_french",
                    declare_english_french, english_french);
    program.command("catalogues",
                    "what this machine's programs say, and its translation: train, valid, test.tsv",
                    "build/corpus catalogues --language fr --output build/data/catalogues",
                    declare_catalogues, catalogues);
    program.command(
        "village", "a small world: texts and tasks about one village, and a mixture of all",
        "build/corpus village --output build/data/village", declare_village, write_village);
    return program.run(argc, argv);
  });
}
