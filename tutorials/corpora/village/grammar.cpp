#include "tutorials/corpora/village/grammar.h"

#include <cctype>

#include "tensor/error.h"

namespace t5::corpus::village {
namespace {

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \n"), end = text.find_last_not_of(" \n");
  return begin == text.npos ? "" : text.substr(begin, end - begin + 1);
}

// Where the bracket that opens at `at` is closed.
size_t closing(std::string_view text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < text.size(); ++i) {
    depth += (text[i] == '(') - (text[i] == ')');
    if (depth == 0) return i;
  }
  require(false, "grammar: '{}' opens a choice that nothing closes", text);
  return at;
}

// The alternatives between the brackets of a choice; those of a choice in it stay together.
std::vector<std::string_view> choices(std::string_view text) {
  std::vector<std::string_view> found;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    depth += (text[i] == '(') - (text[i] == ')');
    if (text[i] != '|' || depth > 0) continue;
    found.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  found.push_back(text.substr(begin));
  return found;
}

const std::string& form_of(const Roles& roles, std::string_view name) {
  std::string role(name.substr(0, name.find('.')));
  auto value = roles.find(role);
  require(value != roles.end(), "grammar: no role '{}'", name);
  if (role.size() == name.size()) return value->second.text;
  auto form = value->second.forms.find(std::string(name.substr(role.size() + 1)));
  require(form != value->second.forms.end(), "grammar: '{}' has no form '{}'", value->second.text,
          name);
  return form->second;
}

}  // namespace

Grammar::Grammar(const std::vector<std::string_view>& files) {
  for (std::string_view file : files) {
    std::string section;
    for (const std::string& line : parts(file, "\n")) {
      if (line.empty() || line[0] == '#') continue;
      if (line[0] == '[') {
        section = line.substr(1, line.find(']') - 1);
        continue;
      }
      size_t colon = line.find(": ");
      check(colon != line.npos && !section.empty(), "grammar: '{}': expected 'key: text'", line);
      auto& rule = rules_[section + "." + line.substr(0, colon)];
      for (std::string& text : parts(line.substr(colon + 2), " | ")) rule.push_back(text);
    }
  }
}

const std::vector<std::string>& Grammar::lines(const std::string& rule) const {
  auto found = rules_.find(rule);
  require(found != rules_.end(), "grammar: no rule '{}'", rule);
  return found->second;
}

std::vector<std::string> Grammar::keys(const std::string& section) const {
  std::vector<std::string> keys;
  for (auto rule = rules_.lower_bound(section + "."); rule != rules_.end(); ++rule) {
    if (!rule->first.starts_with(section + ".")) break;
    keys.push_back(rule->first.substr(section.size() + 1));
  }
  return keys;
}

const std::string& Grammar::pick(const std::string& rule, Random& random) const {
  const auto& all = lines(rule);
  return all[random.below(std::ssize(all))];
}

std::string Grammar::say(const std::string& rule, const Roles& roles, Random& random) const {
  return fill(pick(rule, random), roles, random);
}

std::string Grammar::fill(const std::string& text, const Roles& roles, Random& random) const {
  return sentences(expand(text, roles, random));
}

std::string Grammar::expand(std::string_view text, const Roles& roles, Random& random) const {
  std::string said;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      std::string_view name = text.substr(i + 1, text.find('}', i) - i - 1);
      bool is_rule = name.starts_with("+");
      said += is_rule ? expand(pick(std::string(name.substr(1)), random), roles, random)
                      : form_of(roles, name);
      i += name.size() + 1;
    } else if (text[i] == '(') {
      size_t end = closing(text, i);
      auto alternatives = choices(text.substr(i + 1, end - i - 1));
      auto choice = expand(alternatives[random.below(std::ssize(alternatives))], roles, random);
      said += alternatives.size() > 1 ? choice : "(" + choice + ")";
      i = end;
    } else {
      said += text[i];
    }
  }
  return said;
}

std::vector<std::string> parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> found;
  while (true) {
    size_t end = text.find(separator);
    found.emplace_back(trimmed(text.substr(0, end)));
    if (end == text.npos) return found;
    text.remove_prefix(end + separator.size());
  }
}

Value thing(const std::string& noun) {
  bool plural = noun[0] == '*';
  std::string bare = plural ? noun.substr(1) : noun.substr(noun.find(' ') + 1);
  auto choose = [&](const char* one, const char* many) { return plural ? many : one; };
  return {bare,
          "thing",
          -1,
          {{"a", plural ? "some " + bare : noun},
           {"the", "the " + bare},
           {"it", choose("it", "they")},
           {"it_o", choose("it", "them")},
           {"is", choose("is", "are")},
           {"was", choose("was", "were")},
           {"costs", choose("costs", "cost")},
           {"do", choose("does", "do")}}};
}

std::string sentences(std::string text) {
  std::string tidy;
  bool starts = true;
  for (char c : text) {
    bool blank_first = c == ' ' && (tidy.empty() || tidy.back() == ' ');
    if (blank_first) continue;
    if (!tidy.empty() && tidy.back() == ' ' &&
        std::string_view(".,?!;").find(c) != std::string::npos)
      tidy.pop_back();
    if (starts && std::isalnum(static_cast<unsigned char>(c))) {
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      starts = false;
    }
    starts = starts || c == '.' || c == '?' || c == '!';
    tidy += c;
  }
  while (!tidy.empty() && tidy.back() == ' ') tidy.pop_back();
  return tidy;
}

}  // namespace t5::corpus::village
