// What each step of cleaning changes and drops, and that it is counted.
#include "t5/text/cleaning/cleaning.h"

#include <doctest/doctest.h>

#include "t5/text/cleaning/rules.h"
#include "tests/support.h"
#include "tests/t5/cli/workspace.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

// What one step makes of a text; "(dropped)".
std::string cleaned(const char* step, const std::string& text,
                    const CleaningOptions& options = {}) {
  Cleaner cleaner({step}, options);
  Fields fields = {text};
  return cleaner.clean(fields) ? fields[0] : "(dropped)";
}

struct Row {
  const char *step, *text, *expected;  // null: kept as it is
};

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("cleaning: each step on what it is for, and on what only resembles it") {
    const char* drop = "(dropped)";
    for (const Row& row : std::initializer_list<Row>{
             {"nfc", "cafe\u0301 ﬁn", "café ﬁn"},
             {"nfkc", "ｃａｆｅ\u0301 ﬁn", "café fin"},
             {"markup", "<p class=\"a\">a<br/>b</p>", " a b "},
             {"markup", "a <!-- > --> b", "a   b"},
             {"markup", "a < b and c > d; x<3", nullptr},
             {"markup", "R&amp;D &lt;x&gt; &#233;&#xE9; &nbsp;", "R&D <x> éé \u00a0"},
             {"markup", "&unknown; & &#0; &#xd800; &;", nullptr},
             {"markup", "<unfinished", nullptr},
             {"space", " a \t\u00a0 b\u200bc\u3000", "a b c"},
             {"space", "a\u0007b\ufeff", "ab"},
             {"space", "a\u200db", nullptr},
             {"space", " \u200b ", drop},
             {"terminal-punctuation", "He said \"no\"", nullptr},
             {"terminal-punctuation", "It ends.", nullptr},
             {"terminal-punctuation", "It goes on...", drop},
             {"terminal-punctuation", "Home | About", drop},
             {"words", "one two three four", drop},
             {"words", "one two three four five", nullptr},
             {"sentences", "One. Two! Three?", nullptr},
             {"sentences", "One. Two 3.5 four.five", drop},
             {"sentences", "He said: \"One.\" Two. (Three.)", nullptr},
             {"sentences", "一。二！三？", nullptr},
             {"javascript", "Please enable JavaScript.", drop},
             {"javascript", "Java is a script.", nullptr},
             {"lorem-ipsum", "Lorem Ipsum dolor", drop},
             {"curly-bracket", "if (a) { b; }", drop},
             {"scripts", "Latin letters, with 1 λ", nullptr},
             {"scripts", "λόγος and", drop},
             {"scripts", "12 + 30", nullptr},
         }) {
      INFO(row.step, " of '", row.text, "'");
      CHECK(cleaned(row.step, row.text) == (row.expected ? row.expected : row.text));
    }
    CHECK(cleaned("length", "éé", {.min_characters = 3}) == drop);
    CHECK(cleaned("length", "ééé", {.min_characters = 3, .max_characters = 3}) == "ééé");
    CHECK(cleaned("length", "éééé", {.min_characters = 3, .max_characters = 3}) == drop);
    CHECK(cleaned("scripts", "λόγος and", {.scripts = {"latin", "greek"}}) == "λόγος and");
  }

  TEST_CASE("cleaning: bad words are whole words or phrases, in letters of any case") {
    TemporaryDirectory directory;
    CleaningOptions options{.bad_words = directory.file("bad.txt", "Ass\n\ntwo  words\n")};
    CHECK(cleaned("bad-words", "An ASS!", options) == "(dropped)");
    CHECK(cleaned("bad-words", "Here are Two words.", options) == "(dropped)");
    for (const char* fine : {"A classic assay.", "two wordsmiths", "two\nwords, no"})
      CHECK(cleaned("bad-words", fine, options) == fine);
  }

  TEST_CASE("cleaning: steps work in the order they are named, rows go as one, all is counted") {
    Cleaner cleaner({"space", "repeats", "words"}, {.min_words = 2});
    std::vector<Fields> rows = {{"a b", "c d"},    {" a  b ", "c d"}, {"a", "b c"},
                                {"a b", ""},       {"a b", "\u200b"}, {"b c", "  d e"},
                                {"a b c d", "c d"}};
    std::vector<Fields> kept;
    for (Fields row : rows)
      if (cleaner.clean(row)) kept.push_back(row);
    CHECK((kept == std::vector<Fields>{{"a b", "c d"}, {"b c", "d e"}, {"a b c d", "c d"}}));
    CHECK(cleaner.read() == 7);
    CHECK(cleaner.kept() == 3);
    auto counts = cleaner.counts();
    REQUIRE(counts.size() == 4);
    CHECK(counts[0].dropped == 2);  // empty
    CHECK(counts[1].changed == 2);  // space
    CHECK(counts[1].dropped == 0);
    CHECK(counts[2].dropped == 1);  // repeats
    CHECK(counts[3].dropped == 1);  // words
    Cleaner other({"repeats", "space"}, {});
    Fields one = {"a b"}, two = {" a  b "};
    CHECK(other.clean(one));
    CHECK(other.clean(two));  // it was no repetition yet
  }

  TEST_CASE("cleaning: cleaned text is clean") {
    std::vector<std::string> steps;
    for (const CleaningStep& step : cleaning_steps())
      if (std::string(step.name) != "bad-words" && std::string(step.name) != "repeats")
        steps.emplace_back(step.name);
    Random random(5);
    const std::vector<std::string> parts = {"word", " ", "<b>", "&lt;",
                                            "é",    ".", "! ",  "\u200b",
                                            "{",    "λ", "\t",  "Two three four five. "};
    int kept = 0;
    for (int i = 0; i < 5000; ++i) {
      std::string text;
      for (int k = 0; k < 12; ++k) text += parts[random.below(std::ssize(parts))];
      Cleaner cleaner(steps, {}), again({"nfc", "nfkc", "space"}, {});
      Fields fields = {text};
      if (!cleaner.clean(fields)) continue;
      ++kept;
      Fields same = fields;
      REQUIRE(again.clean(same));
      REQUIRE(same == fields);
    }
    CHECK(kept > 100);
  }

  TEST_CASE("cleaning: unknown steps and scripts, and missing words, are refused") {
    CHECK(error_of([] { Cleaner({"soap"}, {}); }).find("'soap' is not one of nfc, nfkc") !=
          std::string::npos);
    CHECK(error_of([] { Cleaner({"bad-words"}, {}); }).find("--bad-words") != std::string::npos);
    CHECK(error_of([] { script_share("a", {"runes"}); }).find("latin, greek") != std::string::npos);
  }

  TEST_CASE("t5 clean writes what is left, and says what each step dropped") {
    auto& w = t5::test::Workspace::instance();
    w.write("dirty.tsv", "a <i>b</i>\tc\na b\tc\n\tonly\nx\t\n");
    std::string command =
        "$T5 clean --input dirty.tsv --steps markup,space,repeats --output c.tsv ";
    auto run = w.shell(command + "--json");
    REQUIRE(run.status == 0);
    CHECK(w.read("c.tsv") == "a b\tc\n\tonly\n");
    CHECK(run.out ==
          "{\"read\":4,\"kept\":2,\"steps\":[{\"step\":\"empty\",\"changed\":0,\"dropped\":1},"
          "{\"step\":\"markup\",\"changed\":1,\"dropped\":0},"
          "{\"step\":\"space\",\"changed\":1,\"dropped\":0},"
          "{\"step\":\"repeats\",\"changed\":0,\"dropped\":1}]}\n");
    CHECK(w.shell(command).err.find("--overwrite replaces it") != std::string::npos);
    run = w.shell(command + "--overwrite");
    CHECK(run.status == 0);
    CHECK(run.out.find("c.tsv: 2 of 4 lines") != std::string::npos);
    w.write("bad.txt", "fine\ncaf\xe9\n");
    run = w.shell("$T5 clean --input bad.txt --output c.tsv --overwrite");
    CHECK(run.status == 1);
    CHECK(run.err.find("bad.txt:2: not valid UTF-8") != std::string::npos);
    CHECK(w.read("c.tsv") == "a b\tc\n\tonly\n");  // as it was
    CHECK(w.shell("$T5 clean --input c.tsv --output c.tsv --overwrite").status == 1);
    CHECK(w.shell("$T5 clean --input c.tsv --output d.tsv --steps soap").status == 2);
    run = w.shell("$T5 clean --input c.tsv --output d.tsv --min-words 2");
    CHECK(run.status == 2);
    CHECK(run.err.find("--min-words has no effect without the step words") != std::string::npos);
    CHECK_FALSE(w.exists("d.tsv"));
  }
}
