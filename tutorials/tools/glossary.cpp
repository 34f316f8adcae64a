#include "tutorials/tools/glossary.h"

#include <cctype>
#include <regex>

namespace course {

namespace {

// Letters in lower case; hyphens, line ends and runs of blanks as one blank.
std::string folded(const std::string& text) {
  std::string out;
  for (char c : text) {
    bool is_gap = c == '-' || std::isspace(static_cast<unsigned char>(c)) != 0;
    if (is_gap && (out.empty() || out.back() == ' ')) continue;
    out += is_gap ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// What a row is sorted by: its term without anything but letters, digits and blanks.
std::string sorting_key(const std::string& term) {
  std::string out;
  for (char c : folded(term))
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ' ') out += c;
  return out;
}

// "head (of a model)" is looked for as "head", "token, id" as both.
std::vector<std::string> words_of(const std::string& term) {
  std::string plain = std::regex_replace(term, std::regex(R"(\s*\(.*\))"), "");
  static const std::regex part(R"([^,]+)");
  std::vector<std::string> words;
  for (std::sregex_iterator at(plain.begin(), plain.end(), part), end; at != end; ++at)
    words.push_back(folded(trim(at->str())));
  return words;
}

}  // namespace

std::vector<std::string> glossary_faults(const Project& project, const std::string& path) {
  static const std::regex row(R"(\| (.+?) \| (.+) \| (.+?) \|)"), number(R"(\d\d)");
  std::vector<std::string> faults;
  std::string before;
  Lines lines = split_lines(read_file(path));
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch cells;
    if (!std::regex_match(lines[i], cells, row) || cells[1] == "term") continue;
    std::string term = cells[1], key = sorting_key(term), place = fmt::format("{}:{}", path, i + 1);
    if (key <= before) faults.push_back(fmt::format("{}: {} is out of order", place, term));
    before = key;
    std::string chapter = cells[3];
    if (!std::regex_match(chapter, number)) continue;  // a link, which is checked as such
    try {
      std::string lesson = lesson_path(project.chapter(chapter)), text = folded(read_file(lesson));
      for (const std::string& word : words_of(term))
        if (text.find(word) == std::string::npos) fail("{} does not occur in {}", word, lesson);
    } catch (const Problem& problem) {
      faults.push_back(fmt::format("{}: {}", place, problem.what()));
    }
  }
  return faults;
}

}  // namespace course
