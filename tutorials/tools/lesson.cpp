#include "tutorials/tools/lesson.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "tutorials/tools/process.h"

namespace course {

namespace {

constexpr int kSeconds = 3600;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The line of the fence that closes the one at `begin`.
size_t closing_fence(const Lesson& lesson, size_t begin) {
  const std::string& opening = lesson.lines[begin];
  std::string fence = opening.substr(0, opening.find_first_not_of('`'));
  for (size_t i = begin + 1; i < lesson.lines.size(); ++i)
    if (trim(lesson.lines[i]) == fence) return i;
  fail("{}:{}: this block has no end", lesson.path, begin + 1);
}

}  // namespace

Lesson read_lesson(const std::string& path, const std::string& chapter) {
  static const std::regex comment(R"(<!-- (code|run|run, last words vary:|not run:) (.+) -->)");
  Lesson lesson{chapter, path, split_lines(read_file(path)), {}};
  std::string directive, argument;
  bool words_vary = false;
  for (size_t i = 0; i < lesson.lines.size(); ++i) {
    const std::string& line = lesson.lines[i];
    std::smatch parts;
    if (line.starts_with("```")) {
      size_t end = closing_fence(lesson, i);
      std::string language = line.substr(std::min(line.find_first_not_of('`'), line.size()));
      Lines body(lesson.lines.begin() + i + 1, lesson.lines.begin() + end);
      lesson.blocks.push_back({directive, argument, trim(language), body, i, end + 1, words_vary});
      directive = argument = "";
      words_vary = false;
      i = end;
    } else if (!directive.empty() && !is_blank(line)) {
      fail("{}:{}: expected a fenced block after '{} {}'", path, i + 1, directive, argument);
    } else if (std::regex_match(line, parts, comment)) {
      words_vary = parts[1] == "run, last words vary:";
      directive = words_vary ? "run" : parts[1] == "not run:" ? "not run" : parts[1].str();
      argument = trim(parts[2].str());
    }
  }
  if (!directive.empty()) fail("{}: expected a fenced block after '{}'", path, argument);
  return lesson;
}

std::string presentable(const std::string& output) {
  static const std::regex colour("\x1b\\[[0-9;?]*[A-Za-z]");
  static const std::regex noise(
      R"(  (\[\d+/\d+\] )?(tensor|autograd|nn|t5|tests|tutorials|work)/\S+\.cpp|make(\[\d+\])?: .*|)"
      R"(train +\d+%  .*|step \d+: validation loss .*)");
  Lines lines = split_lines(std::regex_replace(output, colour, "")), kept;
  for (std::string& line : lines) {
    line = line.substr(line.find_last_of('\r') + 1);
    line.erase(line.find_last_not_of(" \t") + 1);
    if (!std::regex_match(line, noise)) kept.push_back(line);
  }
  while (!kept.empty() && kept.back().empty()) kept.pop_back();
  while (!kept.empty() && kept.front().empty()) kept.erase(kept.begin());
  return join_lines(kept);
}

std::string masked(const std::string& text) {
  static const std::regex colour("#[0-9a-f]{6}");  // of a number, in a picture
  static const std::regex number(R"([-+−]?\d+([.,]\d+)*(e[-+]?\d+)?)");
  static const std::regex unit(R"(# ?(ns|us|µs|ms|s|min|minutes?|seconds?|h|B|kB|KB|MB|GB)\b)");
  static const std::regex row(R"(#([ ,;:/x]+#)+)"), blanks(" +");
  std::string result = std::regex_replace(text, colour, "#");
  result = std::regex_replace(result, number, "#");
  result = std::regex_replace(result, unit, "#");
  result = std::regex_replace(result, blanks, " ");
  return std::regex_replace(result, row, "#");
}

namespace {

// The line without the words of its last column, which begins after the numbers. Words may have two
// blanks between them, in what a model wrote.
std::string without_last_words(const std::string& line) {
  size_t number = line.find_last_of("0123456789");
  size_t column = line.find("  ", number == std::string::npos ? 0 : number);
  bool has_words = column != std::string::npos &&
                   std::any_of(line.begin() + static_cast<std::ptrdiff_t>(column), line.end(),
                               [](unsigned char c) { return std::isalpha(c); });
  return has_words ? line.substr(0, column) + " ..." : line;
}

}  // namespace

std::string difference_in_kind(const std::string& expected, const std::string& found,
                               bool last_words_vary) {
  auto kind = [=](const std::string& line) {
    return trim(masked(last_words_vary ? without_last_words(line) : line));
  };
  Lines a = split_lines(expected), b = split_lines(found);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    std::string left = i < a.size() ? a[i] : "(nothing)", right = i < b.size() ? b[i] : "(nothing)";
    if (kind(left) != kind(right))
      return fmt::format("line {}: '{}' is now '{}'", i + 1, left, right);
  }
  return "";
}

bool same_kind_of_picture(const std::string& shown, const std::string& drawn) {
  static const std::regex power("(⁰|¹|²|³|⁴|⁵|⁶|⁷|⁸|⁹|⁻)+"), path("#(L#)+");
  auto parts = [](const std::string& picture) {
    std::set<std::string> kinds;
    for (const std::string& line : split_lines(picture))
      kinds.insert(std::regex_replace(std::regex_replace(masked(line), power, ""), path, "#"));
    return kinds;
  };
  return parts(shown) == parts(drawn);
}

std::set<std::string> figures(const Lesson& lesson) {
  static const std::regex image(R"(!\[[^\]]*\]\(images/([^)]+)\))");
  std::set<std::string> names;
  for (const std::string& line : lesson.lines)
    for (std::sregex_iterator at(line.begin(), line.end(), image), end; at != end; ++at)
      names.insert((*at)[1]);
  return names;
}

std::vector<std::string> with_steps(const fs::path& folder, const std::string& name) {
  std::vector<std::string> names{name};
  std::string stem = fs::path(name).stem().string();
  for (;;) {
    std::string step = fmt::format("{}-{}.svg", stem, names.size());
    if (!fs::exists(folder / step)) return names;
    names.push_back(step);
  }
}

std::string demo_output(const std::string& chapter) { return "build/demos/" + chapter + ".out"; }

Stage::Stage(const std::string& chapter) : chapter_(chapter), folder_("build/lessons/" + chapter) {
  fs::remove_all(folder_);
  fs::remove_all(demo_output(chapter));  // a picture that the demo no longer draws
}

std::string Stage::run(const std::string& command) {
  if (auto before = done_.find(command); before != done_.end()) return before->second;
  static const std::regex learner(R"((^|\s)make (check|hint|solution|mine)-)");
  std::string number = number_of(chapter_);
  bool needs_start = std::regex_search(command, learner) && !fs::exists(folder_ / "work");
  std::string work = (folder_ / "work").generic_string(),
              mine = (folder_ / "mine").generic_string();
  std::string script =
      fmt::format("unset MAKEFLAGS MFLAGS MAKELEVEL; export WORK={} MINE={}; set -e\n{}{}", work,
                  mine, needs_start ? "make start-" + number + " >/dev/null\n" : "", command);
  Outcome outcome = run_shell(script, folder_ / "output", kSeconds);
  std::string text =
      presentable(replaced(replaced(outcome.output, work, "work"), mine, "build/mine"));
  bool may_fail = command.find("make check-") != std::string::npos ||
                  command.find("make solution-") != std::string::npos;
  if (outcome.timed_out) fail("'{}' did not end", command);
  if (!outcome.ok() && !may_fail)
    fail("'{}' failed with status {}: {}", command, outcome.status,
         text.empty() ? "no output" : split_lines(text).back());
  return done_[command] = text;
}

}  // namespace course
