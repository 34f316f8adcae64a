#include "tutorials/tools/anchors.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>

namespace course {

namespace {

constexpr size_t kHead = 16;  // lines that a definition's head may have

struct Range {
  size_t begin, end;
};

// A line without strings, characters and the comment at its end.
std::string bare(const std::string& line) {
  static const std::regex quoted(R"("(\\.|[^"\\])*"|'(\\.|[^'\\])+')"), comment("//.*");
  return std::regex_replace(std::regex_replace(line, quoted, "0"), comment, "");
}

bool is_comment(const std::string& line) { return trim(line).starts_with("//"); }

// Statements that have braces and define nothing.
bool is_control(const std::string& line) {
  static const std::regex pattern(
      R"(\s*(\}|#|(if|else|for|while|do|switch|case|return|throw|try|catch|namespace|CHECK\w*)\b).*)");
  return std::regex_match(line, pattern);
}

// The last line of the definition that line `first` opens; nothing when it opens none.
std::optional<size_t> end_of_definition(const Lines& lines, size_t first) {
  if (is_comment(lines[first]) || is_control(lines[first])) return {};
  int parentheses = 0, braces = 0;
  bool opened = false;
  for (size_t i = first; i < std::min(lines.size(), first + kHead); ++i) {
    for (char c : bare(lines[i])) {
      parentheses += (c == '(') - (c == ')');
      if (parentheses != 0) continue;
      if (c == ';' && !opened) return {};
      braces += (c == '{') - (c == '}');
      opened = opened || c == '{';
    }
    char last = trim(bare(lines[i])).empty() ? ' ' : trim(bare(lines[i])).back();
    if (braces == 0 && opened && (last == '}' || last == ';')) return i;
    if (braces == 0) continue;
    for (size_t j = i + 1; j < lines.size(); ++j)
      if (indent_of(lines[j]) == indent_of(lines[first]) && lines[j][indent_of(lines[j])] == '}' &&
          lines[j].find("catch") == std::string::npos)
        return j;
    return {};
  }
  return {};
}

// The last line of a declaration.
std::optional<size_t> end_of_declaration(const Lines& lines, size_t first) {
  if (is_comment(lines[first])) return {};
  for (size_t i = first; i < std::min(lines.size(), first + kHead); ++i)
    if (trim(bare(lines[i])).ends_with(";")) return i;
  return {};
}

bool has_word(const std::string& line, const std::string& word) {
  auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    bool begins = at == 0 || !is_part(line[at - 1]) || !is_part(word.front());
    size_t end = at + word.size();
    if (begins && (end == line.size() || !is_part(line[end]) || !is_part(word.back()))) return true;
  }
  return false;
}

template <class End>
std::vector<Range> candidates(const Lines& lines, const std::string& anchor, End end_of) {
  std::vector<Range> found;
  for (size_t i = 0; i < lines.size(); ++i)
    if (has_word(lines[i], anchor))
      if (auto last = end_of(lines, i)) found.push_back({i, *last + 1});
  return found;
}

Range find_anchor(const Source& source, const std::string& anchor) {
  std::vector<Range> found = candidates(source.lines, anchor, end_of_definition);
  if (found.empty()) found = candidates(source.lines, anchor, end_of_declaration);
  if (found.empty()) fail("{} has no definition with '{}'", source.path, anchor);
  if (found.size() > 1) {
    std::vector<std::string> numbers;
    for (const Range& range : found) numbers.push_back(std::to_string(range.begin + 1));
    fail("{} has several definitions with '{}': lines {}", source.path, anchor, listed(numbers));
  }
  auto belongs = [](const std::string& line) {
    return (is_comment(line) && !is_marker(line)) || trim(line).starts_with("template");
  };
  Range range = found[0];
  while (range.begin > 0 && belongs(source.lines[range.begin - 1]) &&
         indent_of(source.lines[range.begin - 1]) == indent_of(source.lines[range.begin]))
    --range.begin;
  return range;
}

// Lines of a file with its exercises as this chapter's reader sees them.
Lines for_reader(const Source& source, const Range& range, const std::string& chapter) {
  Lines result;
  for (size_t i = range.begin; i < range.end; ++i) {
    auto region = std::find_if(source.regions.begin(), source.regions.end(),
                               [&](const Region& each) { return each.begin == i + 1; });
    if (region != source.regions.end() && region->chapter == chapter) {
      result.push_back(fmt::format("{}// exercise {}: yours to write",
                                   source.lines[i].substr(0, indent_of(source.lines[i])),
                                   region->name));
      i = region->end;
    } else if (!is_marker(source.lines[i])) {
      result.push_back(source.lines[i]);
    }
  }
  return dedent(result);
}

}  // namespace

Lines quoted(const Project& project, const std::string& chapter, const std::string& reference) {
  size_t hash = reference.find('#');
  std::string path = reference.substr(0, hash);
  std::string anchor = hash == std::string::npos ? "" : reference.substr(hash + 1);
  const Source* holder = project.source_of(anchor);
  if (path.empty() && holder) path = holder->path;
  if (!fs::is_regular_file(path)) fail("{}: there is no such file", path);
  Source source = parse_source(path, read_file(path));
  if (anchor.empty()) return for_reader(source, {0, source.lines.size()}, chapter);
  static const std::regex exercise(R"(\d\d-[a-z0-9-]+/[a-z0-9-]+)");
  if (!std::regex_match(anchor, exercise))
    return for_reader(source, find_anchor(source, anchor), chapter);
  const Region* region = source.find(anchor);
  if (!region) fail("{} has no exercise {}", path, anchor);
  if (region->chapter == chapter)
    fail("exercise {} is this chapter's own: the lesson would show its solution", anchor);
  return for_reader(source, {region->begin, region->end}, chapter);
}

}  // namespace course
