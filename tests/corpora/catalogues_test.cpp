// Message catalogues: GNU's binary form, what makes a pair, parts that share no sentence.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "t5/files/atomic_file.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"
#include "tutorials/corpora/catalogues/corpus.h"

using namespace t5;
using namespace t5::corpus;
using namespace t5::testing;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string number(uint32_t value, bool big_endian) {
  std::string bytes;
  for (int i = 0; i < 4; ++i)
    bytes += static_cast<char>(value >> 8 * (big_endian ? 3 - i : i) & 0xff);
  return bytes;
}

// A catalogue as msgfmt writes it: header, both tables, then the texts, each with a zero byte.
std::string catalogue(const Pairs& pairs, bool big_endian = false) {
  auto count = static_cast<uint32_t>(pairs.size());
  std::string head = number(0x950412de, big_endian), tables, texts;
  for (uint32_t value :
       {uint32_t{0}, count, uint32_t{28}, 28 + 8 * count, uint32_t{0}, 28 + 16 * count})
    head += number(value, big_endian);
  auto add = [&](const std::string& text) {
    tables += number(static_cast<uint32_t>(text.size()), big_endian) +
              number(28 + 16 * count + static_cast<uint32_t>(texts.size()), big_endian);
    texts += text + '\0';
  };
  for (const auto& [original, translation] : pairs) add(original);
  for (const auto& [original, translation] : pairs) add(translation);
  return head + tables + texts;
}

const Pairs kPairs = {
    {"", "Content-Type: text/plain; charset=UTF-8\n"},
    {"Open", "Ouvrir"},
    {std::string("menu\4Close"), "Fermer"},
    {std::string("one file\0many files", 19), std::string("un fichier\0des fichiers", 23)},
    {"Untranslated", ""}};

Message pair(const std::string& original, const std::string& translation) {
  return cleaned({original, translation});
}
bool is_none(const std::string& original, const std::string& translation) {
  return pair(original, translation).original.empty();
}

// A folder of one language with a catalogue of `count` different sentences.
void fill(const TemporaryDirectory& folder, int count) {
  std::filesystem::create_directories(folder / "fr/LC_MESSAGES");
  Pairs pairs = {kPairs[0]};
  for (int i = 0; i < count; ++i) {
    std::string word(1 + i % 7, static_cast<char>('a' + i % 26));
    word += static_cast<char>('a' + i / 26 % 26);
    word += static_cast<char>('a' + i / 676);
    pairs.push_back({"The word " + word, "Le mot " + word});
    pairs.push_back({"the word " + word + "!", "Le mot, " + word});  // the same sentence
  }
  folder.file("fr/LC_MESSAGES/a.mo", catalogue(pairs));
}

}  // namespace

TEST_SUITE("corpora") {
  TEST_CASE("catalogues: messages in both byte orders, without context, in the singular") {
    for (bool big_endian : {false, true}) {
      Catalogue read = read_catalogue(catalogue(kPairs, big_endian), "x.mo");
      CHECK(read.encoding == "UTF-8");
      REQUIRE(read.messages.size() == 3);
      CHECK(read.messages[0].original == "Open");
      CHECK(read.messages[1].original == "Close");
      CHECK(read.messages[1].translation == "Fermer");
      CHECK(read.messages[2].original == "one file");
      CHECK(read.messages[2].translation == "un fichier");
    }
    Pairs latin = kPairs;
    latin[0].second = "charset=ISO-8859-1\n";
    CHECK(read_catalogue(catalogue(latin), "x.mo").messages.empty());
    CHECK(read_catalogue(catalogue(latin), "x.mo").encoding == "ISO-8859-1");
  }

  TEST_CASE("catalogues: what is none, or cut anywhere, is refused by name") {
    std::string whole = catalogue(kPairs);
    CHECK(error_of([&] { read_catalogue("hello", "x.mo"); }) ==
          "x.mo: is no message catalogue (*.mo)");
    for (size_t length = 0; length + 1 < whole.size(); ++length) {
      std::string error = error_of([&] { read_catalogue(whole.substr(0, length), "x.mo"); });
      CAPTURE(length);
      CHECK(error.starts_with("x.mo: "));
    }
    std::string far = whole;
    far[28 + 4 + 3] = '\x7f';  // the first message lies two gigabytes on
    CHECK(error_of([&] { read_catalogue(far, "x.mo"); }).find("message 0 lies outside") !=
          std::string::npos);
  }

  TEST_CASE("catalogues: what is a pair") {
    CHECK(pair(" Save _As\n", "Enregistrer _sous").original == "Save As");
    CHECK(pair(" Save _As\n", "Enregistrer _sous").translation == "Enregistrer sous");
    CHECK(pair("set max_size of it", "fixer max_size").original == "set max_size of it");
    CHECK(pair("%s: no file %d", "%1$s : aucun fichier %2$d").original == "%s: no file %d");
    CHECK(is_none("%s: no file %d", "%s : aucun fichier"));
    CHECK(is_none("ok", "ok"));                      // too short
    CHECK(is_none("stdout", "stdout"));              // the same
    CHECK(is_none("one\ntwo lines", "un\ndeux"));    // several lines
    CHECK(is_none("a <b>bold</b> word", "un mot"));  // markup
    CHECK(is_none(std::string(201, 'a'), "trop long"));
    CHECK(is_none("12 34 56", "12 34 56 78"));  // no word
    CHECK(is_none("tab\there", "tabulation"));
  }

  TEST_CASE("catalogues: the same sentence is in one part only, and the same seed gives the same") {
    TemporaryDirectory folder;
    fill(folder, 400);
    CatalogueOptions options{.language = "fr", .folder = folder / "", .held = 50};
    Catalogues corpus = read_catalogues(options);
    CHECK(corpus.files == 1);
    CHECK(corpus.train[0].input.starts_with("translate English to French: "));
    CHECK(corpus.test.size() >= 50);
    CHECK(corpus.test.size() + corpus.valid.size() + corpus.train.size() == 800);
    std::set<std::string> held, trained;
    for (const auto& part : {corpus.test, corpus.valid})
      for (const Example& example : part) held.insert(key_of(example.input));
    for (const Example& example : corpus.train) trained.insert(key_of(example.input));
    for (const std::string& key : held) CHECK_FALSE(trained.contains(key));
    CHECK(read_catalogues(options).test[7].input == corpus.test[7].input);
    options.seed = 2;
    CHECK(read_catalogues(options).test[7].input != corpus.test[7].input);
  }

  TEST_CASE("catalogues: none, and too few, are one line with the remedy") {
    TemporaryDirectory folder;
    CatalogueOptions options{.language = "fr", .folder = folder / ""};
    CHECK(error_of([&] {
            read_catalogues(options);
          }).find("there are no message catalogues; programs") != std::string::npos);
    fill(folder, 20);
    CHECK(error_of([&] { read_catalogues(options); }).find("too few to hold 1000 out twice") !=
          std::string::npos);
  }
}
