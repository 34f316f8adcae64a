#include "tutorials/tools/links.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace course {

namespace {

// Which lines stand in a fenced block; its fences count.
std::vector<bool> fenced(const Lines& lines) {
  std::vector<bool> result(lines.size());
  bool inside = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    bool fence = lines[i].starts_with("```");
    result[i] = inside || fence;
    if (fence) inside = !inside;
  }
  return result;
}

// The targets that the makefiles name, with NN for the number of a chapter.
std::set<std::string> make_targets() {
  static const std::regex rule(R"(^([a-z0-9% -]+):([^=].*)?$)");
  std::set<std::string> targets{"NN"};
  for (const char* file : {"Makefile", "tutorials/tools/course.mk"})
    for (const std::string& line : split_lines(read_file(file))) {
      std::smatch parts;
      if (!std::regex_match(line, parts, rule)) continue;
      std::string names = std::regex_replace(parts[1].str(), std::regex("%"), "NN");
      static const std::regex word(R"(\S+)");
      for (std::sregex_iterator at(names.begin(), names.end(), word), end; at != end; ++at)
        targets.insert(at->str());
    }
  return targets;
}

bool is_chapter(const Project& project, const std::string& number) {
  return std::any_of(project.chapters().begin(), project.chapters().end(),
                     [&](const std::string& chapter) { return number_of(chapter) == number; });
}

// Why `make TARGET` would not work; "" when it would.
std::string wrong_target(const Project& project, const std::string& target) {
  static const std::set<std::string> targets = make_targets();
  static const std::regex with_number(R"((.*?)(\d\d))");
  std::smatch parts;
  std::string name = target;
  if (std::regex_match(target, parts, with_number)) {
    if (!is_chapter(project, parts[2])) return "there is no chapter " + parts[2].str();
    name = parts[1].str() + "NN";
  }
  return targets.contains(name) ? "" : "there is no such target";
}

std::vector<std::string> wrong_commands(const Project& project, const std::string& text) {
  static const std::regex command(R"((?:^|[;&|(]|\s)make((?:\s+[A-Za-z0-9_.=/+-]+)+))");
  static const std::regex word(R"(\S+)");
  std::vector<std::string> wrong;
  for (std::sregex_iterator at(text.begin(), text.end(), command), end; at != end; ++at) {
    std::string arguments = (*at)[1];
    for (std::sregex_iterator each(arguments.begin(), arguments.end(), word); each != end; ++each) {
      std::string target = each->str();
      if (target.find_first_of("=/") != std::string::npos || target.starts_with("-")) continue;
      if (std::string why = wrong_target(project, target); !why.empty())
        wrong.push_back(fmt::format("make {}: {}", target, why));
    }
  }
  return wrong;
}

std::string wrong_link(const fs::path& page, const std::string& link) {
  if (link.find("://") != std::string::npos || link.starts_with("mailto:")) return "";
  size_t hash = link.find('#');
  fs::path target = hash == 0 ? page : page.parent_path() / link.substr(0, hash);
  if (!fs::exists(target)) return fmt::format("link to {}: not found", link);
  if (hash == std::string::npos || target.extension() != ".md") return "";
  for (const std::string& heading : headings(split_lines(read_file(target)), "#"))
    if (heading_id(heading) == link.substr(hash + 1)) return "";
  return fmt::format("link to {}: no such heading", link);
}

// A line without `code` and $mathematics$, in which brackets mean something else.
std::string without_code(const std::string& line) {
  static const std::regex code(R"(`[^`]*`|\$[^$]*\$)");
  return std::regex_replace(line, code, "");
}

}  // namespace

std::vector<std::string> headings(const Lines& lines, const std::string& prefix) {
  std::vector<bool> in_block = fenced(lines);
  std::vector<std::string> found;
  for (size_t i = 0; i < lines.size(); ++i)
    if (!in_block[i] && lines[i].starts_with(prefix))
      found.push_back(trim(lines[i].substr(lines[i].find_first_not_of('#'))));
  return found;
}

std::string section_at(const Lines& lines, size_t line) {
  std::vector<std::string> above = headings({lines.begin(), lines.begin() + line + 1}, "## ");
  return above.empty() ? "" : above.back();
}

std::string heading_id(const std::string& heading) {
  static const std::regex punctuation("·|—|–|’|…|→|×|√|“|”");
  std::string id;
  for (char c : std::regex_replace(heading, punctuation, "")) {
    auto byte = static_cast<unsigned char>(c);
    bool kept = std::isalnum(byte) || c == '-' || c == '_' || byte >= 0x80;  // UTF-8 letters
    if (kept) id += static_cast<char>(std::tolower(byte));
    if (c == ' ') id += '-';
  }
  return id;
}

std::vector<std::string> broken_references(const Project& project, const std::string& path) {
  static const std::regex link(R"(\]\(([^)\s]+)(?:\s+"[^"]*")?\))"), code("`([^`]+)`");
  Lines lines = split_lines(read_file(path));
  std::vector<bool> in_block = fenced(lines);
  std::vector<std::string> broken;
  auto add = [&](size_t line, const std::string& what) {
    if (!what.empty()) broken.push_back(fmt::format("{}:{}: {}", path, line + 1, what));
  };
  std::string language;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.starts_with("```")) language = trim(line.substr(3));
    if (in_block[i]) {
      if (language == "sh" || (language.empty() && line.starts_with("make ")))
        for (const std::string& wrong : wrong_commands(project, line)) add(i, wrong);
      continue;
    }
    std::string prose = without_code(line);
    for (std::sregex_iterator at(prose.begin(), prose.end(), link), end; at != end; ++at)
      add(i, wrong_link(path, (*at)[1]));
    for (std::sregex_iterator at(line.begin(), line.end(), code), end; at != end; ++at)
      if (std::string text = (*at)[1]; text.starts_with("make "))
        for (const std::string& wrong : wrong_commands(project, text)) add(i, wrong);
  }
  return broken;
}

}  // namespace course
