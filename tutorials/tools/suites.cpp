#include "tutorials/tools/suites.h"

#include <regex>

#include "tutorials/tools/text.h"

namespace course {

namespace {

// The adjacent string literals that begin at a place, as one text.
std::string literal_at(const std::string& text, size_t at) {
  std::string value;
  for (at = text.find_first_not_of(" \n", at); at < text.size() && text[at] == '"';
       at = text.find_first_not_of(" \n", at + 1))
    for (++at; text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
      value += text[at];
    }
  return value;
}

}  // namespace

std::set<std::string> tests_of_suite(const std::string& chapter) {
  static const std::regex opening(R"((TEST_SUITE|TEST_CASE|TEST_CASE_TEMPLATE)\()");
  std::set<std::string> names;
  for (const char* folder : {"tests", "tutorials"})
    for (const std::string& path : files_below(folder)) {
      if (!path.ends_with(".cpp") || path.starts_with("tutorials/tools/")) continue;
      std::string text = read_file(path), suite;
      for (std::sregex_iterator match(text.begin(), text.end(), opening), end; match != end;
           ++match) {
        std::string name = literal_at(text, match->position() + match->length());
        if ((*match)[1] == "TEST_SUITE")
          suite = name;
        else if (suite == chapter)
          names.insert(name);
      }
    }
  return names;
}

}  // namespace course
