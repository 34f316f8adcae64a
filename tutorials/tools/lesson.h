// A lesson, tutorials/NN-slug/README.md: its text and the parts that are made, not typed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tutorials/tools/project.h"

namespace course {

// A fenced block. `directive` is "code" or "run" when a comment stands before it:
//   <!-- code tensor/tensor.cpp#broadcast_to -->
//   <!-- run make 09 -->
//   <!-- run, last words vary: make 16 -->           (directive "run"; see difference_in_kind)
//   <!-- not run: fetches 242 MB -->                 (directive "not run")
struct Block {
  std::string directive, argument;
  std::string language;  // "cpp", "text", "sh", ""
  Lines body;
  size_t begin, end;  // the fences are lines begin and end - 1, from 0
  bool last_words_vary = false;
};

struct Lesson {
  std::string chapter, path;
  Lines lines;
  std::vector<Block> blocks;
};

// A fence without its end, or a directive without a block after it, is a Problem.
Lesson read_lesson(const std::string& path, const std::string& chapter);

// What a command prints in a lesson: without colours, progress that was overwritten, and the names
// of files that are compiled.
std::string presentable(const std::string& output);

// Numbers and colours masked, so that two runs can be compared in kind.
std::string masked(const std::string& text);
// The first line in which two texts differ in kind: "" when there is none. What a model that was
// trained a moment ago writes differs from processor to processor, which round in their own ways:
// with last_words_vary, the words of a line's last column may be others.
std::string difference_in_kind(const std::string& expected, const std::string& found,
                               bool last_words_vary = false);
// Whether two pictures have the same parts: texts, lines, bars, in whatever number and place.
bool same_kind_of_picture(const std::string& shown, const std::string& drawn);

// The pictures that the lesson shows from its folder images/, by name.
std::set<std::string> figures(const Lesson& lesson);
// NAME.svg, and the steps that stand beside it: NAME-1.svg, NAME-2.svg … without a gap.
std::vector<std::string> with_steps(const fs::path& folder, const std::string& name);
std::string demo_output(const std::string& chapter);  // the folder that `make NN` hands to the demo

// Runs a lesson's commands from the project's root, on a desk of its own.
class Stage {
 public:
  explicit Stage(const std::string& chapter);
  // stdout and stderr as the lesson prints them. A Problem when the command fails, unless it checks
  // exercises, which may be red. The same command is run once.
  std::string run(const std::string& command);

 private:
  std::string chapter_;
  fs::path folder_;
  std::map<std::string, std::string> done_;
};

}  // namespace course
