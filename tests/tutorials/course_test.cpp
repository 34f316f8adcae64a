// The learner's desk, in a small project of its own whose path has blanks.
#include <doctest/doctest.h>

#include "tests/tutorials/course_tree.h"

using t5::testing::CourseTree;
using t5::testing::has;
using t5::testing::lacks;

namespace {

const std::string kStub1 =
    "  throw Error(\"exercise 01-one/first is not written yet: see tutorials/01-one\");\n";

}  // namespace

TEST_SUITE("course") {
  TEST_CASE("start: blanks the chapter's regions, names file and line, leaves the reference") {
    CourseTree tree;
    std::string said = tree.course("start 1");
    has(said, "work/nn/a.cpp:4: first — gives one");
    has(said, "make check-01");
    std::string work = tree.read("work/nn/a.cpp");
    has(work, kStub1);
    lacks(work, "return 1");
    CHECK(tree.read("nn/a.cpp") == CourseTree::reference());
  }

  TEST_CASE("start: never overwrites what was written, in this chapter or another") {
    CourseTree tree;
    tree.course("start 01");
    tree.edit("work/nn/a.cpp", kStub1, "  return 100 - 99;\n");
    has(tree.course("start 01"), "as you left it");
    tree.course("start 02");
    has(tree.read("work/nn/a.cpp"), "return 100 - 99;");
    lacks(tree.read("work/nn/a.cpp"), "return x + 2");
  }

  TEST_CASE("start: what is taught later is blank too, and nothing to be written yet") {
    CourseTree tree;
    tree.course("start 01");
    std::string covered = "throw Error(\"exercise 02-two/third is not begun: make start-02\");";
    has(tree.read("work/nn/a.cpp"), covered);
    tree.course("lay laid 01");
    has(tree.read("laid/nn/a.cpp"), "return x + 2;");
    has(tree.course("start 02"), "work/nn/a.cpp:18: third\n");
    lacks(tree.read("work/nn/a.cpp"), covered);
    CourseTree other;
    other.course("start 02");
    has(other.read("work/nn/a.cpp"), "return 1;");  // taught before: it may be read
  }

  TEST_CASE("a desk from before, with later chapters' solutions on it, is brought in line") {
    CourseTree tree;
    tree.course("start 01");
    tree.solve("01-one/first", "return 5 - 4;");
    std::string covered = "  throw Error(\"exercise 02-two/third is not begun: make start-02\");\n";
    for (const char* file : {"work/nn/a.cpp", "work/.base/files/nn/a.cpp"})
      tree.edit(file, covered, "  return x + 2;\n");
    tree.write("work/.state/passed/01-one", "01-one/first\n  return 5 - 4;\n01-one/second\n  ?\n");
    std::string said = tree.course("progress");
    lacks(said, "changed outside");
    has(said, "1 of 2 written, passed before your last change");
    has(tree.read("work/nn/a.cpp"), covered);
    has(tree.read("work/nn/a.cpp"), "return 5 - 4;");
    has(tree.course("solution 01", "EXERCISE=first"), "-  return 5 - 4;");
  }

  TEST_CASE("what is compiled: what is written in the chapter, and of others what passes") {
    CourseTree tree;
    tree.course("start 01");
    tree.course("start 02");
    tree.course("lay laid 02");  // nothing is written: the blank itself
    std::string laid = tree.read("laid/nn/a.cpp");
    has(laid, "#line 1 \"work/nn/a.cpp\"");
    has(laid, "return 1;");
    has(laid, "#line 5\n");
    has(laid, "exercise 02-two/third is not written yet");
    tree.solve("01-one/first", "return 4 - 3;");
    tree.course("lay laid 01");
    laid = tree.read("laid/nn/a.cpp");
    has(laid, "#line 4\n  return 4 - 3;\n} else {\n  return 1;\n");  // the reference beside it
    has(laid, "return 2;");
    lacks(laid, "is not written yet");
    tree.course("lay laid 01", "EXERCISE=second");
    laid = tree.read("laid/nn/a.cpp");
    has(laid, "return 1;");
    has(laid, "exercise 01-one/second is not written yet");
    has(tree.course("lay laid"), "taken from the reference: 01-one/second and 02-two/third");
    laid = tree.read("laid/nn/a.cpp");
    has(laid, "return 4 - 3;");
    lacks(laid, "is not written yet");
  }

  TEST_CASE("reset: begins again, keeps a copy and the other chapters, mends broken markers") {
    CourseTree tree;
    tree.course("start 01");
    tree.course("start 02");
    tree.edit("work/nn/a.cpp", kStub1, "  return 5;\n");
    tree.edit("work/nn/a.cpp",
              "throw Error(\"exercise 02-two/third is not written yet: see tutorials/02-two\")",
              "return 3");
    has(tree.course("reset 01"), "is kept as work/.backup/");
    has(tree.read("work/nn/a.cpp"), kStub1);
    has(tree.read("work/nn/a.cpp"), "return 3;");
    has(tree.backups("nn/a.cpp"), "return 5;");
    tree.edit("work/nn/a.cpp", "  // exercise 01-one/first — gives one\n", "");
    std::string said = tree.course("start 02");
    has(said, "'// end exercise' without an exercise before it");
    has(said, "make reset-01");
    has(tree.course("reset 01"), "status 0");
    has(tree.read("work/nn/a.cpp"), kStub1);
  }

  TEST_CASE("start and reset of one exercise leave the others as they are") {
    CourseTree tree;
    has(tree.course("start 01", "EXERCISE=second"), "work/nn/a.cpp:11: second\n");
    has(tree.read("work/nn/a.cpp"), "exercise 01-one/first is not begun: make start-01");
    has(tree.read("work/nn/a.cpp"), "exercise 01-one/second is not written yet");
    has(tree.course("start 01"), "1 exercise new here");
    tree.solve("01-one/first", "return 4 - 3;");
    tree.solve("01-one/second", "return 3;");
    has(tree.course("reset 01", "EXERCISE=second"), "second begins again");
    has(tree.read("work/nn/a.cpp"), "return 4 - 3;");
    has(tree.read("work/nn/a.cpp"), "exercise 01-one/second is not written yet");
    has(tree.backups("nn/a.cpp"), "return 3;");
    has(tree.course("start 01", "EXERCISE=fourth"), "has no exercise 'fourth': there are first");
  }
}

TEST_SUITE("course") {
  TEST_CASE("pull: changes outside the regions arrive, the learner's regions stay") {
    CourseTree tree;
    tree.course("start 01");
    tree.edit("work/nn/a.cpp", kStub1, "  return 7 - 6;\n");
    tree.edit("nn/a.cpp", "// a file\n", "// a better file\n\n");
    tree.edit("nn/a.cpp", "int x = 1;", "int x = 2 - 1;");
    std::string said = tree.course("progress");
    lacks(said, "changed");
    std::string work = tree.read("work/nn/a.cpp");
    has(work, "// a better file\n\n");
    has(work, "return 7 - 6;");
    has(work, "int x = 2 - 1;");
  }

  TEST_CASE("pull: a begun region whose reference changed is said once, and kept") {
    CourseTree tree;
    tree.course("start 01");
    tree.edit("work/nn/a.cpp", kStub1, "  return 7 - 6;\n");
    tree.edit("nn/a.cpp", "return 1;", "return 2 / 2;");
    has(tree.course("progress"), "exercise 01-one/first: the reference changed since you began");
    lacks(tree.course("progress"), "changed since you began");
    has(tree.read("work/nn/a.cpp"), "return 7 - 6;");
  }

  TEST_CASE("edits outside the regions are told, kept aside and put back") {
    CourseTree tree;
    tree.course("start 01");
    tree.edit("work/nn/a.cpp", "int x = 1;", "int x = 9;");
    has(tree.course("progress"), "work/nn/a.cpp:16: changed outside your exercises");
    has(tree.read("work/nn/a.cpp"), "int x = 1;");
    has(tree.backups("nn/a.cpp"), "int x = 9;");
    lacks(tree.course("progress"), "changed outside");
  }

  TEST_CASE("pull: a region that is gone is kept aside; one that moved takes its text along") {
    CourseTree tree;
    tree.course("start 01");
    tree.edit("work/nn/a.cpp", kStub1, "  return 7 - 6;\n");
    std::string region = "  // exercise 01-one/first — gives one\n  return 1;\n  // end exercise\n";
    tree.edit("nn/a.cpp", region, "  return 1;\n");
    tree.write("nn/b.cpp", "int other() {\n" + region + "}\n");
    std::string said = tree.course("progress");
    has(said, "exercise 01-one/first moved from work/nn/a.cpp to work/nn/b.cpp");
    lacks(said, "changed outside");
    has(tree.read("work/nn/b.cpp"), "return 7 - 6;");
    tree.write("nn/b.cpp", "int other() { return 1; }\n");
    has(tree.course("progress"), "exercise 01-one/first is no longer part of the course");
    CHECK(!tree.exists("work/nn/b.cpp"));
    has(tree.backups("removed/01-one/first.cpp"), "return 7 - 6;");
  }

  TEST_CASE("a deleted file counts as not started") {
    CourseTree tree;
    tree.course("start 01");
    tree.remove("work/nn/a.cpp");
    has(tree.course("progress"), "counts as not started");
    has(tree.course("start 01"), "work/nn/a.cpp:4: first");
    has(tree.read("work/nn/a.cpp"), kStub1);
  }

  TEST_CASE("marks that are wrong end in one line with the place") {
    CourseTree tree;
    auto message = [&](const std::string& text) {
      tree.write("nn/b.cpp", text);
      return tree.course("progress");
    };
    has(message("// exercise 1-x/a\n"), "nn/b.cpp:1: expected '// exercise NN-chapter/name");
    has(message("// exercise 01-one/x\n"),
        "nn/b.cpp:1: exercise 01-one/x has no '// end exercise'");
    has(message("// end exercise\n"), "nn/b.cpp:1: '// end exercise' without");
    has(message("// exercise 01-one/x\n// exercise 01-one/y\n"), "nn/b.cpp:2: an exercise begins");
    has(message("// exercise 01-one/x\n// end exercise\n"), "exercise 01-one/x is empty");
    has(message("// exercise 01-one/first\nf();\n// end exercise\n"), "stands in nn/a.cpp too");
    has(message(""), "status 0");
    tree.write("nn/c.h", "// exercise 01-one/x\nf();\n// end exercise\n");
    has(tree.course("progress"), "nn/c.h:1: exercises stand in the library's .cpp files");
  }

  TEST_CASE("what is not there is named, with what is") {
    CourseTree tree;
    has(tree.course("start 44"), "there is no chapter 44: there are 01-one and 02-two");
    has(tree.course("start"), "start needs the number of a chapter");
    has(tree.course("frobnicate"), "'frobnicate' is not a command");
    tree.course("start 01");
    has(tree.course("hint 02"), "chapter 02-two is not started");
  }
}
