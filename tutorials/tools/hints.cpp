#include "tutorials/tools/hints.h"

#include <regex>

#include "tutorials/tools/text.h"

namespace course {

std::string hints_path(const std::string& chapter) { return "tutorials/" + chapter + "/hints.md"; }

Hints read_hints(const std::string& chapter) {
  std::string path = hints_path(chapter);
  if (!fs::exists(path)) fail("{}: not found; it holds three hints for each exercise", path);
  static const std::regex item(R"((\d)\. +(.*))");
  Hints hints;
  std::string name;
  Lines lines = split_lines(read_file(path));
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch parts;
    if (lines[i].starts_with("## ")) {
      name = trim(lines[i].substr(3));
      if (!hints.emplace(name, std::vector<std::string>()).second)
        fail("{}:{}: a second heading '{}'", path, i + 1, name);
    } else if (std::regex_match(lines[i], parts, item)) {
      if (name.empty()) fail("{}:{}: a hint before the first '## name'", path, i + 1);
      if (std::stoul(parts[1]) != hints[name].size() + 1)
        fail("{}:{}: hint {} of {} is out of turn", path, i + 1, parts[1].str(), name);
      hints[name].push_back(parts[2]);
    } else if (!name.empty() && !hints[name].empty()) {
      bool indented = lines[i].starts_with("   ");
      hints[name].back() += "\n" + (indented ? lines[i].substr(3) : lines[i]);
    }
  }
  for (auto& [exercise, texts] : hints)
    for (std::string& text : texts) text = trim(text);
  return hints;
}

}  // namespace course
