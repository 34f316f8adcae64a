#include "tutorials/corpora/catalogues/corpus.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "t5/files/atomic_file.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"
#include "tensor/random.h"

namespace t5::corpus {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongest = 200;

std::string language_name(const std::string& code) {
  static const std::map<std::string, std::string> names = {
      {"cs", "Czech"},      {"da", "Danish"},    {"de", "German"},    {"es", "Spanish"},
      {"fi", "Finnish"},    {"fr", "French"},    {"hu", "Hungarian"}, {"it", "Italian"},
      {"ja", "Japanese"},   {"ko", "Korean"},    {"nl", "Dutch"},     {"pl", "Polish"},
      {"pt", "Portuguese"}, {"ro", "Romanian"},  {"ru", "Russian"},   {"sv", "Swedish"},
      {"tr", "Turkish"},    {"uk", "Ukrainian"}, {"zh", "Chinese"}};
  auto found = names.find(code.substr(0, code.find_first_of("_@")));
  return found == names.end() ? code : found->second;
}

bool is_word_character(unsigned char c) { return std::isalnum(c) || c >= 0x80; }

// The only "_" of a text, when it stands before a letter and not within a word.
std::string without_shortcut(const std::string& text) {
  size_t at = text.find('_');
  bool marks = at != text.npos && text.find('_', at + 1) == text.npos && at + 1 < text.size() &&
               is_word_character(text[at + 1]) && (at == 0 || !is_word_character(text[at - 1]));
  return marks ? text.substr(0, at) + text.substr(at + 1) : text;
}

std::string trimmed(const std::string& text) {
  size_t begin = text.find_first_not_of(" \n"), end = text.find_last_not_of(" \n");
  return begin == text.npos ? "" : text.substr(begin, end - begin + 1);
}

// What printf and Python put values in place of, in alphabetical order: "%s", "%2$d", "{name}".
std::multiset<std::string> placeholders(const std::string& text) {
  static const std::regex form(
      R"(%(\d+\$)?[-+#0 ']*[\d*.]*[hlLqjzt]*[a-zA-Z%]|%\([a-z_]+\)[a-z]|\{[a-z_0-9]*\})");
  std::multiset<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), form), end; at != end; ++at)
    found.insert(std::regex_replace(at->str(), std::regex(R"(^%\d+\$)"), "%"));
  return found;
}

int64_t letters(const std::string& text) { return std::ssize(key_of(text)); }

bool is_pair(const Message& m) {
  for (const std::string* side : {&m.original, &m.translation}) {
    if (side->size() > kLongest || letters(*side) < 3) return false;
    if (side->find_first_of("\n\t\r<>") != std::string::npos || !is_visible(*side)) return false;
  }
  return m.original != m.translation && m.original.size() < 4 * m.translation.size() + 20 &&
         placeholders(m.original) == placeholders(m.translation);
}

std::vector<fs::path> catalogue_files(const CatalogueOptions& options) {
  fs::path folder = fs::path(options.folder) / options.language / "LC_MESSAGES";
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".mo") files.push_back(entry.path());
  std::sort(files.begin(), files.end());  // one order on every machine
  check(
      !files.empty(),
      "{}: there are no message catalogues; programs bring them (Debian: apt-get install git make "
      "bash, where dpkg does not leave translations out; Ubuntu: language-pack-{})",
      folder.string(), options.language);
  return files;
}

}  // namespace

Message cleaned(Message message) {
  message = {without_shortcut(trimmed(message.original)),
             without_shortcut(trimmed(message.translation))};
  return is_pair(message) ? message : Message{};
}

std::string key_of(const std::string& original) {
  std::string key;
  for (char c : lower_case(original))
    if (std::isalpha(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80)
      key += c;
  return key;
}

Catalogues read_catalogues(const CatalogueOptions& options) {
  Catalogues corpus;
  std::map<std::string, std::vector<Message>> by_key;
  std::set<std::string> seen;
  for (const fs::path& file : catalogue_files(options)) {
    ++corpus.files;
    for (Message& message : read_catalogue(read_file(file.string()), file.string()).messages) {
      ++corpus.messages;
      message = cleaned(std::move(message));
      if (!message.original.empty() && seen.insert(message.original).second)
        by_key[key_of(message.original)].push_back(std::move(message));
    }
  }
  std::vector<std::string> keys;
  for (const auto& [key, messages] : by_key) keys.push_back(key);
  Random(options.seed).shuffle(keys);
  std::string prefix = "translate English to " + language_name(options.language) + ": ";
  for (const std::string& key : keys) {
    auto& part = std::ssize(corpus.test) < options.held    ? corpus.test
                 : std::ssize(corpus.valid) < options.held ? corpus.valid
                                                           : corpus.train;
    for (const Message& message : by_key[key])
      part.push_back({prefix + message.original, message.translation});
  }
  check(std::ssize(corpus.train) >= options.held,
        "{}/{}: its {} catalogues give {} pairs, too few to hold {} out twice; ask for fewer with "
        "--held",
        options.folder, options.language, corpus.files, seen.size(), options.held);
  return corpus;
}

void write_catalogues(const Catalogues& corpus, const std::string& directory, Existing existing) {
  DirectoryUpdate update(directory, existing);
  auto write = [&](const char* name, const std::vector<Example>& examples) {
    std::string text;
    for (const auto& [input, target] : examples) text += input + '\t' + target + '\n';
    update.write(name, text);
  };
  write("train.tsv", corpus.train);
  write("valid.tsv", corpus.valid);
  write("test.tsv", corpus.test);
  update.commit();
}

}  // namespace t5::corpus
