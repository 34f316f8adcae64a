// What is quoted, run and checked in lessons; and that this project's own lessons pass.
#include <doctest/doctest.h>

#include "tests/tutorials/course_tree.h"

using t5::testing::CourseTree;
using t5::testing::has;

namespace {

// A lesson with one quotation, woven.
std::string quotation(const CourseTree& tree, const std::string& reference) {
  tree.write("tutorials/02-two/README.md",
             "# 02 · Two\n\n<!-- code " + reference + " -->\n```cpp\nold\n```\nafter\n");
  std::string said = tree.course("weave 02");
  if (said.find("status 0") == std::string::npos) return said;
  std::string text = tree.read("tutorials/02-two/README.md");
  size_t begin = text.find("```cpp\n") + 7;
  return text.substr(begin, text.rfind("```\n") - begin);
}

}  // namespace

TEST_SUITE("course") {
  TEST_CASE(
      "lessons agree with the tree: code, links, commands, hints, mutants (make check-text)") {
    std::string program = t5::testing::program_folder() / "course";
    std::string command = fmt::format("'{}' check-text > '{}.check-text' 2>&1", program, program);
    int status = std::system(command.c_str());
    std::ostringstream text;
    text << std::ifstream(program + ".check-text").rdbuf();
    INFO(text.str());
    CHECK(status == 0);
  }

  TEST_CASE("quotations: a definition with its comment; other chapters' marks are dropped") {
    CourseTree tree;
    CHECK(quotation(tree, "nn/a.cpp#two") == "// Gives two.\nint two() {\n  return 2;\n}\n");
    CHECK(quotation(tree, "nn/a.cpp#01-one/first") == "return 1;\n");
  }

  TEST_CASE("quotations: the chapter's own exercise is the reader's to write") {
    CourseTree tree;
    CHECK(quotation(tree, "nn/a.cpp#three") ==
          "int three() {\n  int x = 1;\n  // exercise third: yours to write\n}\n");
    has(quotation(tree, "nn/a.cpp#02-two/third"), "the lesson would show its solution");
  }

  TEST_CASE("quotations: declarations, templates, one line, several lines of head") {
    CourseTree tree;
    tree.write("nn/c.h",
               "// Adds.\nint add(int a,\n        int b = {});\n\n"
               "template <class T>\nstruct Box {\n  T value() const { return value_; }\n  T "
               "value_;\n};\n\n"
               "Box::Box(int a)\n    : a_{a},\n      b_(2) {\n  f();\n}\n");
    CHECK(quotation(tree, "nn/c.h#add") == "// Adds.\nint add(int a,\n        int b = {});\n");
    CHECK(quotation(tree, "nn/c.h#struct Box") ==
          "template <class T>\nstruct Box {\n  T value() const { return value_; }\n  T "
          "value_;\n};\n");
    CHECK(quotation(tree, "nn/c.h#value()") == "T value() const { return value_; }\n");
    CHECK(quotation(tree, "nn/c.h#Box::Box") ==
          "Box::Box(int a)\n    : a_{a},\n      b_(2) {\n  f();\n}\n");
    has(quotation(tree, "nn/c.h#nothing"), "nn/c.h has no definition with 'nothing'");
    has(quotation(tree, "nn/d.h#x"), "nn/d.h: there is no such file");
  }

  TEST_CASE("outputs come from runs; a command that fails stops the weaving") {
    CourseTree tree;
    tree.write(
        "tutorials/02-two/README.md",
        "# 02 · Two\n<!-- run echo a && echo '  nn/x.cpp' && echo 'train  13%  2/16' && echo b "
        "-->\n```text\n```\n");
    tree.course("weave 02");
    has(tree.read("tutorials/02-two/README.md"), "```text\na\nb\n```\n");
    tree.write("tutorials/02-two/README.md", "# 02 · Two\n<!-- run false -->\n```text\n```\n");
    has(tree.course("weave 02"), "tutorials/02-two/README.md:3: 'false' failed with status 1");
    tree.write("tutorials/02-two/README.md", "# 02 · Two\n<!-- run false -->\ntext\n");
    has(tree.course("weave 02"), "expected a fenced block after 'run false'");
  }

  TEST_CASE("pictures: their steps are woven with them, and those of an earlier demo go") {
    CourseTree tree;
    tree.write("tutorials/02-two/README.md", "# 02 · Two\n\n![a walk](images/walk.svg)\n");
    auto weave = [&](const std::string& drawn) {
      std::string out = "build/demos/02-two.out";
      tree.write("Makefile",
                 fmt::format("02:\n\tmkdir -p {0} && cd {0} && touch {1}\n", out, drawn));
      return tree.course("weave 02");
    };
    auto shown = [&](const char* name) {
      return tree.exists(fmt::format("tutorials/02-two/images/{}", name));
    };
    has(weave("walk.svg walk-1.svg walk-2.svg walk-4.svg"), "status 0");
    CHECK((shown("walk.svg") && shown("walk-1.svg") && shown("walk-2.svg")));
    CHECK_FALSE(shown("walk-4.svg"));
    has(weave("walk.svg walk-1.svg"), "status 0");
    CHECK(shown("walk-1.svg"));
    CHECK_FALSE(shown("walk-2.svg"));
    has(weave("other.svg"), "the demo did not draw build/demos/02-two.out/walk.svg");
  }

  TEST_CASE("check-text: names what a page promises and the tree lacks") {
    CourseTree tree;
    tree.write("Makefile", "all:\n\ntest-%: x\n");
    tree.write("tutorials/tools/course.mk", "");
    tree.write("tutorials/02-two/README.md",
               "# 02 · Two\n\n[a](b.md) and [c](#no-heading), `make nothing`, `make test-02`,\n"
               "`make test-77`\n\n```\nplain\n```\n```cpp\nint x;\n```\n");
    std::string said = tree.course("check-text 02");
    for (const char* finding :
         {"README.md:3: link to b.md: not found", "link to #no-heading: no such heading",
          "make nothing: there is no such target", "make test-77: there is no chapter 77",
          "code is quoted", "expected '## What you will be able to do'", "shows no figure",
          "expected one '### third'", "demo.cpp: not found", "hints.md: not found", "status 1"})
      has(said, finding);
    CHECK(said.find("test-02") == std::string::npos);
  }

  TEST_CASE("check-text: a lesson's length is its text, not its code and its exercises") {
    CourseTree tree;
    tree.write("Makefile", "all:\n");
    tree.write("tutorials/tools/course.mk", "");
    auto length = [&](int words) {
      std::string text = "# 02 · Two\n<!-- run true -->\n```text\none two\n```\n";
      for (int i = 4; i < words; ++i) text += "word ";
      text += "\n## Exercises\n\nThree more words.\n\n## End\n";
      tree.write("tutorials/02-two/README.md", text);
      return tree.course("check-text 02");
    };
    CHECK(length(3998).find("more than 4000") == std::string::npos);
    has(length(3999), "README.md: 4001 words, more than 4000");
  }

  TEST_CASE("check-text: questions have folded answers, and the hours are those of the plan") {
    CourseTree tree;
    tree.write("Makefile", "all:\n");
    tree.write("tutorials/tools/course.mk", "");
    tree.write("docs/teaching.md", "| chapter | hours | |\n| 02 two | 1½ | x |\n");
    auto said = [&](const std::string& head, int answers, const std::string& fold) {
      std::string text = "# 02 · Two\n\n" + head + "\n\n## Questions\n\n", word = "word ";
      for (int i = 0; i < answers; ++i)
        text += "<details><summary>Answer</summary>\n\nx\n\n</details>\n";
      for (int i = 0; i < 4000; ++i) text += word;
      tree.write("tutorials/02-two/README.md", text + "\n\n## Exercises\n\n" + fold + "\n");
      return tree.course("check-text 02");
    };
    const std::string head = "*1½ hours · medium · needs 01*",
                      fold = "<details><summary>The reference, discussed</summary>";
    std::string fine = said(head, 3, fold);
    for (const char* finding : {"README.md:3:", "expected three to five", "discussed", "words"}) {
      INFO(finding);
      CHECK(fine.find(finding) == std::string::npos);
    }
    has(said("*1½ hours · needs 01*", 3, fold), "README.md:3: expected '*N hours");
    has(said("*2 hours · hard · needs 01*", 3, fold), "README.md:3: 2 hours, and '1½' in docs");
    has(said(head, 2, fold), "2 folded answers under '## Questions', expected three to five");
    has(said(head, 6, fold), "6 folded answers");
    has(said(head, 3, ""), "no folded 'The reference, discussed' under '## Exercises'");
  }

  TEST_CASE("check-text: a lesson has every part, in order") {
    CourseTree tree;
    tree.write("Makefile", "all:\n");
    tree.write("tutorials/tools/course.mk", "");
    auto without = [&](const std::string& part) {
      std::string text = "# 02 · Two\n\n";
      for (const char* heading :
           {"What you will be able to do", "The idea", "The code", "Run it", "Questions",
            "Exercises", "Challenge", "How this differs from the paper", "Common mistakes",
            "Further reading"})
        if (heading != part) text += fmt::format("## {}\n\n", heading);
      tree.write("tutorials/02-two/README.md", text);
      return tree.course("check-text 02");
    };
    CHECK(without("").find("expected '## ") == std::string::npos);
    has(without("Questions"), "README.md: expected '## Questions', found 'Exercises'");
    has(without("Challenge"), "expected '## Challenge', found 'How this differs from the paper'");
    has(without("Further reading"), "expected '## Further reading', found 'the end'");
  }

  TEST_CASE("check-text: the glossary is sorted, and its chapters know its terms") {
    CourseTree tree;
    tree.write("Makefile", "all:\n");
    tree.write("tutorials/tools/course.mk", "");
    tree.write("tutorials/02-two/README.md", "# 02 · Two\nA tied\nhead, a token.\n");
    tree.write("docs/glossary.md",
               "| term | meaning | chapter |\n|---|---|---|\n| tied-head | x | 02 |\n"
               "| Token, id | x | 02 |\n| row (of a table) | x | 02 |\n"
               "| stub | x | [here](glossary.md) |\n| zoo | x | 77 |\n");
    std::string said = tree.course("check-text");
    has(said, "docs/glossary.md:4: id does not occur in tutorials/02-two/README.md");
    has(said, "docs/glossary.md:5: row (of a table) is out of order");
    has(said, "docs/glossary.md:5: row does not occur in");
    has(said, "docs/glossary.md:7: there is no chapter 77");
    for (const char* fine : {"glossary.md:3", "token does not", "stub"})
      CHECK(said.find(fine) == std::string::npos);
  }

  TEST_CASE("check-text: mutants must apply, hints come in threes") {
    CourseTree tree;
    tree.write("Makefile", "all:\n");
    tree.write("tutorials/tools/course.mk", "");
    tree.write("tutorials/02-two/hints.md", "## third\n1. a\n2. b\n\n## fourth\n1. x\n");
    tree.write("tutorials/02-two/mutants/third.sign.patch",
               "Wrong sign.\n-  return x + 2;\n+  return x - 2;\n");
    tree.write("tutorials/02-two/mutants/third.no.patch", "Nowhere.\n-  return y;\n");
    std::string said = tree.course("check-text 02");
    has(said, "expected three hints under '## third'");
    has(said, "'## fourth' is no exercise");
    has(said, "third.no.patch: its lines do not stand in a row");
    CHECK(said.find("third.sign.patch") == std::string::npos);
  }
}
