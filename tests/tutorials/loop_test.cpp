// Between two edits: check, hint, solution, progress, in a small project of its own.
#include <doctest/doctest.h>

#include "tests/tutorials/course_tree.h"

using t5::testing::CourseTree;
using t5::testing::has;
using t5::testing::lacks;

namespace {

// What follows in a test's action happens while the exercise of that name is the learner's.
const std::string kFirst = "[ \"$COURSE_ALONE\" = 01-one/second ] || ";
const std::string kSecond = "[ \"$COURSE_ALONE\" = 01-one/first ] || ";

// Both exercises of chapter 01 are written.
struct WrittenTree : CourseTree {
  WrittenTree() {
    course("start 01");
    solve("01-one/first", "return 1;");
    solve("01-one/second", "return 1 + 1;");
  }
};

}  // namespace

TEST_SUITE("course") {
  TEST_CASE("check: blanks are red, with their message, place and the next step") {
    CourseTree tree;
    has(tree.course("lay laid 01"), "not started: make start-01");
    tree.course("start 01");
    std::string blank = "wrong 'exercise 01-one/first is not written yet: see tutorials/01-one'";
    tree.program("blank", {{"one is one", blank}, {"sums are sums", blank}, {"two is two"}});
    std::string said = tree.course("check 01 ./blank");
    has(said, "01-one: 0 of 2 exercises pass");
    has(said, "not written yet: work/nn/a.cpp:4\n");
    has(said, "What is blank says so:\n  one is one\n  x.cpp:2: ERROR: exercise 01-one/first is");
    has(said, "Fails too:\n    sums are sums");
    has(said, "Next: edit work/nn/a.cpp:4, then make check-01; make hint-01 helps with first");
    has(said, "status 1");
  }

  TEST_CASE("check: green needs every exercise; a change after it is told") {
    CourseTree tree;
    tree.course("start 01");
    tree.solve("01-one/first", "return 1;");
    std::string said = tree.course("check 01 ./green");
    has(said, "1 of 2 exercises pass\n\n  ✓ first\n    second ");
    has(said, "status 1");
    tree.solve("01-one/second", "return 1 + 1;");
    said = tree.course("check 01 ./green");
    has(said, "2 of 2 exercises pass, and all 3 tests with it");
    has(said, "then make start-02");
    has(said, "status 0");
    has(tree.course("progress"), "2 of 2 written, passes");
    has(tree.course("start 01"), "One is finished, and passes as it stands");
    tree.edit("work/nn/a.cpp", "return 1 + 1", "return 3");
    has(tree.course("progress"), "passed before your last change");
  }

  TEST_CASE("check: red is told by exercise, each judged alone; the plainest failure comes first") {
    WrittenTree tree;
    tree.program("red", {{"sums are sums", kSecond + "wrong 'one and two are 4'"},
                         {"one is one"},
                         {"two is two", kSecond + "wrong 'two is 3'"}});
    std::string said = tree.course("check 01 ./red");
    has(said, "01-one: 1 of 2 exercises pass\n\n  ✓ first\n  ✗ second ");
    has(said, " 2 failing tests: work/nn/a.cpp:11\n");
    has(said, "second fails in\n  two is two\n  x.cpp:2: ERROR: two is 3\n");
    has(said, "Fails too:\n    sums are sums");
    has(said, "edit work/nn/a.cpp:11");
    has(said, "status 1");
  }

  TEST_CASE("check: of two failures that are equally plain, the one with less to say comes first") {
    WrittenTree tree;
    tree.write("tutorials/01-one/tests.txt", "second | two in full\nsecond | two is two\n");
    tree.program("red",
                 {{"two in full", kSecond + "{ wrong 'two is 3'; wrong 'so is one and one'; }"},
                  {"two is two", kSecond + "wrong 'two is 3'"}});
    has(tree.course("check 01 ./red"),
        "second fails in\n  two is two\n  x.cpp:2: ERROR: two is 3\n");
  }

  TEST_CASE("check: an exercise that passed as it stands is asked again only when no other fails") {
    WrittenTree tree;
    tree.course("check 01 ./green");
    tree.edit("work/nn/a.cpp", "return 1 + 1", "return 3");
    tree.program("red", {{"sums are sums", "wrong 'sum'"}});
    has(tree.course("check 01 ./red"), "✓ first\n  ✗ second ");
    tree.program("red", {{"one is one", kFirst + "wrong one"}});
    has(tree.course("check 01 ./red"), "  ✗ first ");
  }

  TEST_CASE("check: of one exercise alone, green without the others") {
    CourseTree tree;
    tree.course("start 01");
    tree.solve("01-one/second", "return 1 + 1;");
    std::string said = tree.course("check 01 ./green", "EXERCISE=second");
    has(said, "01-one: second passes, and all 3 tests with it");
    has(said, "make solution-01 EXERCISE=second");
    has(said, "status 0");
    tree.edit("work/nn/a.cpp", "return 1 + 1", "return 3");
    tree.program("red", {{"one is one"}, {"sums are sums", "wrong 'sum'"}, {"two is two"}});
    said = tree.course("check 01 ./red", "EXERCISE=second");
    has(said, "0 of 1 exercise passes");
    has(said, "then make check-01 EXERCISE=second");
  }

  TEST_CASE("check: what fails only with all together is told as that, and nothing passes") {
    WrittenTree tree;
    tree.program("red", {{"one is one"}, {"odd", "[ \"$COURSE_ALONE\" ] || wrong odd"}});
    has(tree.course("check 01 ./red"), "Each passes alone; with all together fails:\n  odd");
    has(tree.course("hint 01"), "first, hint 1 of 3");
  }

  TEST_CASE("check: a test that crashes is named with what that means, and the others are run") {
    WrittenTree tree;
    tree.program("red", {{"two is two", kSecond + "kill -SEGV $$"},
                         {"one is one"},
                         {"sums are sums", kSecond + "wrong 'sum'"}});
    std::string said = tree.course("check 01 ./red");
    has(said, "second fails in\n  sums are sums");  // an assertion says more than a crash
    has(said, "Fails too:\n    two is two");
    tree.program("red", {{"one is one"}, {"two is two", kSecond + "kill -SEGV $$"}});
    said = tree.course("check 01 ./red");
    has(said, "two is two\n  ERROR: the program ended here with exit status 139: it read or wrote");
    std::string caught =
        "{ echo 'x.cpp:1: FATAL ERROR: test case CRASHED: SIGABRT'; "
        "echo '[doctest] test cases: 3'; kill -ABRT $$; }";
    tree.program("red", {{"one is one"}, {"two is two", kSecond + caught}});
    has(tree.course("check 01 ./red"), "exit status 134: it was aborted");
  }

  TEST_CASE("check: a test without an end is named, and ended") {
    WrittenTree tree;
    tree.program("red", {{"one is one"}, {"two is two", kSecond + "sleep 100"}});
    std::string said = tree.course("check 01 ./red", "PATIENCE=2");
    has(said, "✓ first\n  ✗ second ");
    has(said, "second fails in\n  two is two\n  ERROR: it did not end within 2 seconds, or");
    tree.program("red", {{"one is one"}, {"two is two", "while :; do echo more; done"}});
    has(tree.course("check 01 ./red", "PATIENCE=2 EXERCISE=second"), "two is two\n");
  }

  TEST_CASE("hint: the next of three each time, and the last again") {
    CourseTree tree;
    has(tree.course("hint 01"), "not started");
    tree.course("start 01");
    has(tree.course("hint 01"), "hint 1 of 3\n\na\nb\n");
    has(tree.course("hint 01"), "hint 2 of 3\n\nc\n");
    has(tree.course("hint 01"), "hint 3 of 3\n\nd\n");
    has(tree.course("hint 01"), "hint 3 of 3");
    has(tree.course("hint 01", "EXERCISE=second"), "exercise second should have three hints");
  }

  TEST_CASE("hint: for the exercise that fails, then for the first that does not pass") {
    WrittenTree tree;
    tree.write("tutorials/01-one/hints.md",
               "## first\n\n1. a\n2. b\n3. c\n\n## second\n\n1. d\n2. e\n3. f\n");
    tree.program("red", {{"two is two", kSecond + "wrong two"}});
    tree.course("check 01 ./red");
    has(tree.course("hint 01"), "01-one/second, hint 1 of 3\n\nd\n");
    has(tree.course("hint 01", "EXERCISE=first"), "first passes as it stands: make solution-01");
    tree.course("reset 01", "EXERCISE=first");
    has(tree.course("hint 01"), "01-one/second, hint 2 of 3");  // although first is blank
    tree.solve("01-one/first", "return 1;");
    tree.course("check 01 ./green");
    has(tree.course("hint 01"), "01-one passes as it stands");
  }

  TEST_CASE("solution: of an exercise as soon as it passes, or on request") {
    WrittenTree tree;
    has(tree.course("solution 01"), "first and second have not passed as now written");
    tree.program("red", {{"one is one", kFirst + "wrong one"}});
    tree.course("check 01 ./red");
    std::string said = tree.course("solution 01");
    has(said, "-  return 1 + 1;\n+  return 2;\n");
    has(said, "first has not passed");
    lacks(said, "01-one/first (");
    has(tree.course("solution 01", "REVEAL=1"), "01-one/first (nn/a.cpp)\nyours is the reference");
  }

  TEST_CASE("solution: lines that are only broken elsewhere are no difference") {
    WrittenTree tree;
    tree.edit("nn/a.cpp", "  return 2;\n", "  int two = 2;\n  return one() + two - 1;\n");
    tree.edit("work/nn/a.cpp", "  return 1 + 1;\n",
              "  int  two =\n      2;\n  return one() + two -\n         1;\n");
    tree.course("check 01 ./green");
    has(tree.course("solution 01", "EXERCISE=second"), "but for line breaks and blanks");
    tree.edit("work/nn/a.cpp", "  return one() + two -\n         1;\n",
              "  int three = 3;\n  return three - 1;\n");
    tree.course("check 01 ./green");
    has(tree.course("solution 01", "EXERCISE=second"), "+  return one() + two - 1;");
  }

  TEST_CASE("progress: the next step is where the learner is, not at the beginning") {
    CourseTree tree;
    has(tree.course("progress"), "Next: make start-01");
    tree.course("start 02");
    has(tree.course("progress"), "Next: edit work/nn/a.cpp:18 (third), then make check-02");
    tree.course("start 01", "EXERCISE=second");
    has(tree.course("progress"), "Next: make start-01 lays out first too");
    tree.course("start 02");
    tree.solve("02-two/third", "return 3 * x;");
    has(tree.course("progress"), "Next: make check-02");
    tree.program("third", {{"three is three"}});
    has(tree.course("check 02 ./third"), "02-two: 1 of 1 exercise passes");
    has(tree.course("progress"), "Next: make mine builds the whole program");
  }

  TEST_CASE("watch: checks at once, and again after a file of work/ was saved, and only then") {
    WrittenTree tree;
    std::string script = std::filesystem::absolute("tutorials/tools/watch.sh").string();
    std::string said =
        tree.shell("sh '" + script +
                   "' sh -c 'echo checked >> log' & watch=$!; sleep 2.5; wc -l < log; "
                   "echo '// edited' >> work/nn/a.cpp; sleep 2.5; wc -l < log; kill $watch");
    has(said, "1\n");
    has(said, "2\n");
    lacks(said, "3\n");
  }

  TEST_CASE(
      "what is linked for chapter 01 is tensor/ alone; for a demo, what it includes leads to") {
    CourseTree tree;
    std::string root = std::filesystem::current_path().string();
    auto needs = [&](const std::string& sources) {
      return tree.shell("cd '" + root + "' && awk -f tutorials/tools/needs.awk " + sources);
    };
    std::string tests = needs("tests/tensor/test_shape.cpp tests/tensor/test_tensor.cpp");
    has(tests, "tests/tensor/test_shape.cpp\n");
    has(tests, "tensor/ops/blas.cpp\n");
    for (const char* other : {"autograd/", "nn/", "t5/", "tutorials/"}) lacks(tests, other);
    has(needs("tests/t5/cli/training_test.cpp"), "tests/t5/cli/workspace.cpp\n");
    std::string demo = needs("tutorials/01-tensors/demo.cpp");
    has(demo, "t5/report/svg.cpp\n");
    lacks(demo, "t5/model/");
  }
}
