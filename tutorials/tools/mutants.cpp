#include "tutorials/tools/mutants.h"

#include <algorithm>
#include <regex>

namespace course {

namespace {

Mutant read_mutant(const std::string& path) {
  static const std::regex pattern(R"(([a-z0-9-]+)\.([a-z0-9-]+)\.patch)");
  std::smatch parts;
  std::string name = fs::path(path).filename();
  if (!std::regex_match(name, parts, pattern))
    fail("{}: expected a name like EXERCISE.WHAT.patch", path);
  Lines lines = split_lines(read_file(path));
  if (lines.empty() || is_blank(lines[0]))
    fail("{}:1: expected a sentence that says what is wrong", path);
  Mutant mutant{path, parts[1], parts[2], lines[0], {}, {}};
  for (size_t i = 1; i < lines.size(); ++i) {
    char kind = lines[i].empty() ? ' ' : lines[i][0];
    std::string text = lines[i].empty() ? "" : lines[i].substr(1);
    if (std::string(" -+").find(kind) == std::string::npos)
      fail("{}:{}: expected ' ', '-' or '+' at the beginning", path, i + 1);
    if (kind != '+') mutant.from.push_back(text);
    if (kind != '-') mutant.to.push_back(text);
  }
  if (mutant.from.empty() || mutant.from == mutant.to) fail("{}: it changes nothing", path);
  return mutant;
}

}  // namespace

std::vector<Mutant> read_mutants(const std::string& chapter) {
  std::vector<Mutant> mutants;
  for (const std::string& path : files_below("tutorials/" + chapter + "/mutants"))
    mutants.push_back(read_mutant(path));
  return mutants;
}

Lines mutated(const Mutant& mutant, const Lines& region) {
  auto place = std::search(region.begin(), region.end(), mutant.from.begin(), mutant.from.end());
  if (place == region.end())
    fail("{}: its lines do not stand in a row in exercise {}", mutant.path, mutant.exercise);
  if (std::search(place + 1, region.end(), mutant.from.begin(), mutant.from.end()) != region.end())
    fail("{}: its lines stand more than once in exercise {}", mutant.path, mutant.exercise);
  Lines wrong(region.begin(), place);
  wrong.insert(wrong.end(), mutant.to.begin(), mutant.to.end());
  wrong.insert(wrong.end(), place + mutant.from.size(), region.end());
  return wrong;
}

}  // namespace course
