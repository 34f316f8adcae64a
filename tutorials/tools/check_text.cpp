// check-text: whether lessons, hints, mutants, links and commands agree with the tree.
//
// Fast and without running anything: `make test` counts it. What commands print is compared by
// `make prove`.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tutorials/tools/anchors.h"
#include "tutorials/tools/commands.h"
#include "tutorials/tools/coverage.h"
#include "tutorials/tools/glossary.h"
#include "tutorials/tools/hints.h"
#include "tutorials/tools/lesson.h"
#include "tutorials/tools/links.h"
#include "tutorials/tools/mutants.h"
#include "tutorials/tools/suites.h"

namespace course {

namespace {

constexpr size_t kLongestExercise = 40, kHints = 3, kMutants = 2, kLongestDemo = 150;
constexpr size_t kLongestLesson = 4000;  // words

// Collects what is wrong, a line each.
class Findings {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    found_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  // Runs one check; its Problem is one finding.
  void attempt(const std::function<void()>& action) {
    try {
      action();
    } catch (const Problem& problem) {
      found_.push_back(problem.what());
    }
  }
  const std::vector<std::string>& all() const { return found_; }

 private:
  std::vector<std::string> found_;
};

// "## Title" in order; what stands in brackets may be missing.
void check_headings(const Lesson& lesson, Findings& findings) {
  const std::vector<std::string> shape{"What you will be able to do",
                                       "The idea",
                                       "The code",
                                       "Run it",
                                       "Questions",
                                       "Exercises",
                                       "Challenge",
                                       "How this differs from ",
                                       "Common mistakes",
                                       "Further reading"};
  std::string number = number_of(lesson.chapter);
  if (lesson.lines.empty() || !lesson.lines[0].starts_with("# " + number + " · "))
    findings.add("{}:1: expected '# {} · Title'", lesson.path, number);
  std::vector<std::string> found = headings(lesson.lines, "## ");
  size_t at = 0;
  for (const std::string& expected : shape) {
    std::string is = at < found.size() ? found[at] : "the end";
    if (!is.starts_with(expected))
      return findings.add("{}: expected '## {}', found '{}'", lesson.path, expected, is);
    ++at;
  }
  if (at < found.size()) findings.add("{}: expected the end, found '{}'", lesson.path, found[at]);
}

void check_block(const Project& project, const Lesson& lesson, const Block& block,
                 Findings& findings) {
  std::string place = fmt::format("{}:{}", lesson.path, block.begin + 1);
  if (block.directive == "code") {
    try {
      if (quoted(project, lesson.chapter, block.argument) != block.body)
        findings.add("{}: differs from {}: make weave-{}", place, block.argument,
                     number_of(lesson.chapter));
    } catch (const Problem& problem) {
      findings.add("{}: {}", place, problem.what());
    }
  }
  if (block.directive == "run" && block.body.empty())
    findings.add("{}: no output of '{}' yet: make weave-{}", place, block.argument,
                 number_of(lesson.chapter));
  std::string section = section_at(lesson.lines, block.begin);
  bool sketch = section == "Common mistakes" || section == "Exercises";
  if (block.language == "cpp" && block.directive.empty() && !sketch)
    findings.add("{}: code is quoted with <!-- code FILE#ANCHOR -->, not typed", place);
  if (block.language == "text" && block.directive.empty())
    findings.add("{}: output is quoted with <!-- run COMMAND -->, not typed", place);
  static const std::regex outside(R"((sudo|apt-get|git clone|git pull|curl|wget)\b)");
  if (block.language == "sh" && block.directive.empty())
    for (const std::string& line : block.body)
      if (std::regex_search(line, outside))
        findings.add("{}: '{}' needs <!-- not run: REASON --> before it", place, line);
}

// What a chapter's row in the plan of docs/teaching.md says of its hours; "" without such a row.
std::string hours_of(const std::string& chapter) {
  std::string name = chapter;
  name[name.find('-')] = ' ';
  for (const std::string& line : split_lines(read_file("docs/teaching.md")))
    if (std::string start = "| " + name + " | "; line.starts_with(start))
      return line.substr(start.size(), line.find(" |", start.size()) - start.size());
  return "";
}

// The line under the title, the folded answers, and the folded discussion after the exercises.
void check_questions(const Lesson& lesson, Findings& findings) {
  static const std::regex head(R"(\*(\S+) hours? · (easy|medium|hard) · needs .+\*)");
  std::smatch parts;
  if (lesson.lines.size() < 3 || !std::regex_match(lesson.lines[2], parts, head))
    findings.add("{}:3: expected '*N hours · easy, medium or hard · needs …*'", lesson.path);
  else if (std::string hours = hours_of(lesson.chapter); parts[1] != hours)
    findings.add("{}:3: {} hours, and '{}' in docs/teaching.md", lesson.path, parts[1].str(),
                 hours);
  std::map<std::string, size_t> folds;
  for (size_t i = 0; i < lesson.lines.size(); ++i)
    if (lesson.lines[i].starts_with("<details>"))
      ++folds[section_at(lesson.lines, i) + ": " + lesson.lines[i]];
  size_t answers = folds["Questions: <details><summary>Answer</summary>"];
  if (answers < 3 || answers > 5)
    findings.add("{}: {} under '## Questions', expected three to five", lesson.path,
                 counted(answers, "folded answer"));
  if (folds["Exercises: <details><summary>The reference, discussed</summary>"] != 1)
    findings.add("{}: no folded 'The reference, discussed' under '## Exercises'", lesson.path);
}

// The words of a lesson that are to be read before its exercises: neither blocks nor comments.
size_t words_to_read(const Lesson& lesson) {
  static const std::set<std::string> asked{"Questions", "Exercises", "Challenge"};
  size_t words = 0;
  auto block = lesson.blocks.begin();
  for (size_t i = 0; i < lesson.lines.size(); ++i) {
    if (block != lesson.blocks.end() && i == block->begin) {
      i = block++->end - 1;
      continue;
    }
    const std::string& line = lesson.lines[i];
    if (line.starts_with("<!--") || asked.contains(section_at(lesson.lines, i))) continue;
    std::istringstream stream(line);
    words += static_cast<size_t>(std::distance(std::istream_iterator<std::string>(stream), {}));
  }
  return words;
}

void check_lesson(const Project& project, const std::string& chapter, Findings& findings) {
  std::string path = lesson_path(chapter);
  if (!fs::exists(path)) return findings.add("{}: not found", path);
  Lesson lesson = read_lesson(path, chapter);
  check_headings(lesson, findings);
  findings.attempt([&] { check_questions(lesson, findings); });
  for (const Block& block : lesson.blocks) check_block(project, lesson, block, findings);
  if (size_t words = words_to_read(lesson); words > kLongestLesson)
    findings.add("{}: {} words, more than {}", path, words, kLongestLesson);
  if (figures(lesson).empty()) findings.add("{}: shows no figure from images/", path);
  std::vector<std::string> described;
  for (size_t i = 0; i < lesson.lines.size(); ++i)
    if (lesson.lines[i].starts_with("### ") && section_at(lesson.lines, i) == "Exercises")
      described.push_back(trim(lesson.lines[i].substr(4)));
  for (const Exercise& exercise : project.exercises(chapter))
    if (std::erase(described, exercise.region.name) != 1)
      findings.add("{}: expected one '### {}' under '## Exercises'", path, exercise.region.name);
  for (const std::string& name : described)
    findings.add("{}: '### {}' is no exercise of this chapter", path, name);
  std::string demo = "tutorials/" + chapter + "/demo.cpp";
  if (!fs::exists(demo)) return findings.add("{}: not found", demo);
  if (size_t length = split_lines(read_file(demo)).size(); length > kLongestDemo)
    findings.add("{}: {} lines, more than {}", demo, length, kLongestDemo);
}

void check_exercises(const Project& project, const std::string& chapter, Findings& findings) {
  std::vector<Exercise> exercises = project.exercises(chapter);
  if (exercises.empty()) return;
  Hints hints = read_hints(chapter);
  std::vector<Mutant> mutants = read_mutants(chapter);
  for (const auto& [file, region] : exercises) {
    if (region.end - region.begin > kLongestExercise)
      findings.add("{}:{}: exercise {} is longer than {} lines", file, region.begin, region.id(),
                   kLongestExercise);
    if (hints[region.name].size() != kHints)
      findings.add("{}: expected three hints under '## {}'", hints_path(chapter), region.name);
    hints.erase(region.name);
    size_t count = 0;
    Lines text = project.sources().at(file).text_of(region);
    for (const Mutant& mutant : mutants)
      if (mutant.exercise == region.name) {
        ++count;
        findings.attempt([&] { mutated(mutant, text); });
      }
    if (count < kMutants)
      findings.add("tutorials/{}/mutants: exercise {} has {}, expected two", chapter, region.name,
                   counted(count, "mutant"));
  }
  for (const auto& [name, texts] : hints)
    findings.add("{}: '## {}' is no exercise of this chapter", hints_path(chapter), name);
  for (const Mutant& mutant : mutants)
    findings.attempt([&] { project.exercise(chapter, mutant.exercise); });
}

// The table of tests has those that stand in the sources; what they run is for `make prove` to see.
void check_coverage(const Project& project, const std::string& chapter, Findings& findings) {
  if (project.exercises(chapter).empty()) return;
  std::string path = coverage_path(chapter), remedy = "make record-" + number_of(chapter);
  const std::set<std::string> tests = tests_of_suite(chapter);
  std::set<std::string> missing = tests, unrun;
  for (const Exercise& exercise : project.exercises(chapter)) unrun.insert(exercise.region.name);
  for (const auto& [test, exercises] : read_coverage(chapter)) {
    // A test for several types has the type at the end of its name.
    std::string name = tests.contains(test) ? test : test.substr(0, test.rfind('<'));
    missing.erase(name);
    if (!tests.contains(name))
      findings.add("{}: there is no test '{}' in TEST_SUITE(\"{}\"): {}", path, test, chapter,
                   remedy);
    for (const std::string& exercise : exercises) unrun.erase(exercise);
  }
  for (const std::string& test : missing)
    findings.add("{}: test '{}' is missing: {}", path, test, remedy);
  for (const std::string& exercise : unrun)
    findings.add("{}: no test runs exercise {}", path, exercise);
}

// The pages outside the chapters.
std::vector<std::string> pages() {
  std::vector<std::string> paths;
  for (const char* path : {"README.md", "CHANGELOG.md", "tutorials/README.md"})
    if (fs::exists(path)) paths.push_back(path);
  for (const std::string& path : files_below("docs"))
    if (path.ends_with(".md")) paths.push_back(path);
  return paths;
}

}  // namespace

int check_text(const Project& project, const std::string& chapter) {
  Findings findings;
  std::vector<std::string> texts = chapter.empty() ? pages() : std::vector<std::string>();
  for (const std::string& each : project.chapters()) {
    if (!chapter.empty() && each != chapter) continue;
    findings.attempt([&] { check_lesson(project, each, findings); });
    findings.attempt([&] { check_exercises(project, each, findings); });
    findings.attempt([&] { check_coverage(project, each, findings); });
    for (const std::string& path : {lesson_path(each), hints_path(each)})
      if (fs::exists(path)) texts.push_back(path);
  }
  for (const std::string& path : texts)
    findings.attempt([&] {
      for (const std::string& finding : broken_references(project, path))
        findings.add("{}", finding);
    });
  if (const char* path = "docs/glossary.md"; chapter.empty() && fs::exists(path))
    findings.attempt([&] {
      for (const std::string& fault : glossary_faults(project, path)) findings.add("{}", fault);
    });
  for (const std::string& finding : findings.all()) fmt::print("{}\n", finding);
  if (findings.all().empty()) fmt::print("{} agree with the tree\n", counted(texts.size(), "page"));
  return findings.all().empty() ? 0 : 1;
}

}  // namespace course
