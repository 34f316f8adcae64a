// t5 clean.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "t5/cli/commands.h"
#include "t5/files/atomic_file.h"
#include "t5/text/cleaning/cleaning.h"
#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct CleanCommand {
  std::vector<std::string> input, steps;
  std::string output;
  CleaningOptions cleaning;
  Existing existing = Existing::kRefuse;
};

Fields fields_of(const std::string& line, bool is_table) {
  return is_table ? split_tabs(line) : Fields{line};
}

void clean_file(const std::string& path, Cleaner& cleaner, AtomicFile& out) {
  constexpr size_t kTogether = size_t{1} << 20;  // bytes
  check(format_of(path) != TextFormat::kJsonLines,
        "{}: JSON lines, where plain text or TSV is expected", path);
  bool is_table = format_of(path) == TextFormat::kTsv;
  LineReader reader(path);
  std::string text;
  for (std::string line; reader.next(line);) {
    Fields fields = fields_of(line, is_table);
    if (cleaner.clean(fields)) text += fmt::format("{}\n", fmt::join(fields, "\t"));
    if (text.size() < kTogether) continue;
    out.write(text);
    text.clear();
  }
  out.write(text);
}

void report(const Cleaner& cleaner, const CleanCommand& command, const Common& common) {
  if (common.json) {
    std::vector<JsonText::Fields> steps;
    for (const Cleaner::Count& c : cleaner.counts())
      steps.push_back({{"step", c.step}, {"changed", c.changed}, {"dropped", c.dropped}});
    return print_json({{"read", cleaner.read()}, {"kept", cleaner.kept()}, {"steps", steps}});
  }
  if (common.quiet) return;
  fmt::print("{:<22}{:>12}{:>12}\n", "", "changed", "dropped");
  for (const Cleaner::Count& c : cleaner.counts())
    fmt::print("{:<22}{:>12}{:>12}\n", c.step, c.changed, c.dropped);
  fmt::print("{}: {} of {} lines\n", command.output, cleaner.kept(), cleaner.read());
}

// An option of a step that is not taken would do nothing.
void check_used(const CleaningOptions& o, const std::vector<std::string>& steps) {
  const CleaningOptions usual;
  const struct {
    bool is_given;
    const char *option, *step;
  } rows[] = {
      {o.min_characters != usual.min_characters, "--min-characters", "length"},
      {o.max_characters != usual.max_characters, "--max-characters", "length"},
      {o.min_words != usual.min_words, "--min-words", "words"},
      {o.min_sentences != usual.min_sentences, "--min-sentences", "sentences"},
      {o.scripts != usual.scripts, "--scripts", "scripts"},
      {o.min_script_share != usual.min_script_share, "--min-script-share", "scripts"},
      {!o.bad_words.empty(), "--bad-words", "bad-words"},
  };
  for (const auto& row : rows)
    if (row.is_given && std::find(steps.begin(), steps.end(), row.step) == steps.end())
      throw UsageError{fmt::format(
          "clean: {} has no effect without the step {}; name it in --steps", row.option, row.step)};
}

void run(const CleanCommand& command, const Common& common) {
  std::vector<std::string> steps = command.steps;
  if (steps.empty()) steps = {"nfc", "space", "repeats"};
  check_used(command.cleaning, steps);
  std::error_code error;
  for (const std::string& input : command.input)
    check(!std::filesystem::equivalent(input, command.output, error),
          "{}: is an --input itself; choose another --output", command.output);
  check(command.existing == Existing::kReplace ||
            !std::filesystem::is_regular_file(command.output, error),
        "{}: exists; --overwrite replaces it", command.output);
  Cleaner cleaner(steps, command.cleaning);
  AtomicFile out(command.output);
  for (const std::string& input : command.input) clean_file(input, cleaner, out);
  out.commit();
  report(cleaner, command, common);
}

std::string steps_help() {
  std::string help = "in this order; without it nfc,space,repeats. One of:";
  for (const CleaningStep& step : cleaning_steps())
    help += fmt::format("\n{}: {}", step.name, step.help);
  return help;
}

void declare(Options& options, CleanCommand& o) {
  std::vector<std::string> names;
  for (const CleaningStep& step : cleaning_steps()) names.emplace_back(step.name);
  options.files("--input", o.input, "plain text, a document a line, or TSV; gzip or zstd too", true)
      .required("--output", o.output, "the file to write")
      .overwrite(o.existing)
      .some_of("--steps", o.steps, steps_help().c_str(), names)
      .integer("--min-characters", o.cleaning.min_characters,
               "the step length: the fewest it keeps", 0)
      .integer("--max-characters", o.cleaning.max_characters, "the step length: the most it keeps",
               1)
      .integer("--min-words", o.cleaning.min_words, "the step words: the fewest", 1)
      .integer("--min-sentences", o.cleaning.min_sentences, "the step sentences: the fewest", 1)
      .some_of("--scripts", o.cleaning.scripts, "the step scripts: whose letters", script_names())
      .number("--min-script-share", o.cleaning.min_script_share,
              "the step scripts: the least share", 0, 1)
      .path("--bad-words", o.cleaning.bad_words,
            "the step bad-words: a file, a word or phrase a line");
}

}  // namespace

void add_clean(Program& program) {
  program.command<CleanCommand>(
      "clean", "texts or pairs without what should not be learned, step by step, with counts",
      "t5 clean --input pages.txt.gz --output clean.txt --steps nfc,markup,space,"
      "terminal-punctuation,words,javascript,curly-bracket,repeats",
      declare, run);
}

}  // namespace t5
