// prove: that every exercise can fail and can pass, that each planted mistake is found, that no
// chapter needs what a later one teaches, and that the commands of the lessons do what is printed.
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/coverage.h"
#include "tutorials/tools/lesson.h"
#include "tutorials/tools/mutants.h"
#include "tutorials/tools/variant.h"

namespace course {

namespace {

// What was proved of a chapter.
struct Row {
  size_t exercises = 0, stubs = 0, mutants = 0, found = 0;
  bool reference = false, alone = false, outputs = false;
};

class Proof {
 public:
  Proof(const Project& project, size_t jobs) : project_(project), jobs_(jobs) {}
  int run(const std::vector<std::string>& chapters);

 private:
  void add_variants(const std::string& chapter);
  void judge_references(const std::vector<std::string>& chapters);
  void judge_all();
  void restore_in_order(const std::vector<std::string>& chapters);
  void compare_outputs(const std::string& chapter);
  void compare_figures(const Lesson& lesson, Stage& stage);
  void say(const Variant& variant, const Verdict& verdict);
  void compare_coverage(const Variant& blank, const Verdict& verdict);
  void problem(const std::string& text);
  void print_table() const;

  const Project& project_;
  size_t jobs_;
  std::vector<Variant> variants_;
  std::map<std::string, Row> rows_;
  std::vector<std::string> problems_;
  std::mutex mutex_;
};

void Proof::problem(const std::string& text) {
  problems_.push_back(text);
  fmt::print("NOT PROVED {}\n", text);
  std::fflush(stdout);
}

void Proof::add_variants(const std::string& chapter) {
  std::vector<Mutant> mutants = read_mutants(chapter);
  for (const auto& [file, region] : project_.exercises(chapter)) {
    const Source& source = project_.sources().at(file);
    auto with = [&](const Lines& text) {
      return Files{{file, source.with({{region.id(), text}})}};
    };
    variants_.push_back({chapter, region.name, Variant::kStub, stub_message(region),
                         with(stub_of(source, region))});
    ++rows_[chapter].exercises;
    for (const Mutant& mutant : mutants) {
      if (mutant.exercise != region.name) continue;
      ++rows_[chapter].mutants;
      try {
        variants_.push_back({chapter, region.name + "." + mutant.what, Variant::kRed, "",
                             with(mutated(mutant, source.text_of(region)))});
      } catch (const Problem& wrong) {
        problem(wrong.what());
      }
    }
  }
}

void Proof::say(const Variant& variant, const Verdict& verdict) {
  std::lock_guard lock(mutex_);
  if (!verdict.as_expected) return problem(variant.name() + ": " + verdict.text);
  Row& row = rows_[variant.chapter];
  if (variant.expected == Variant::kStub) compare_coverage(variant, verdict);
  if (variant.expected == Variant::kRed) ++row.found;
  if (variant.label == "reference") row.reference = true;
  if (variant.label == "alone") row.alone = true;
  fmt::print("{}: {}\n", variant.name(), verdict.text);
  std::fflush(stdout);
}

// The tests that fail with an exercise blank are those that the chapter's table says.
void Proof::compare_coverage(const Variant& blank, const Verdict& verdict) {
  std::set<std::string> recorded;
  for (const auto& [test, exercises] : read_coverage(blank.chapter))
    if (exercises.contains(blank.label)) recorded.insert(test);
  if (recorded == verdict.failed) {
    ++rows_[blank.chapter].stubs;
    return;
  }
  for (const std::string& test : verdict.failed)
    if (recorded.erase(test) == 0)
      problem(fmt::format("{}: does not say that '{}' runs {}: make record-{}",
                          coverage_path(blank.chapter), test, blank.label,
                          number_of(blank.chapter)));
  for (const std::string& test : recorded)
    problem(fmt::format("{}: says that '{}' runs {}, and it passes with that blank: make record-{}",
                        coverage_path(blank.chapter), test, blank.label, number_of(blank.chapter)));
}

// One after the other: this builds what all variants of a chapter share.
void Proof::judge_references(const std::vector<std::string>& chapters) {
  for (const std::string& chapter : chapters) {
    Variant reference{chapter, "reference", Variant::kGreen, "", {}};
    say(reference, judge(reference, chapter + ".reference"));
  }
}

void Proof::judge_all() {
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < variants_.size(); i = next++) {
      Verdict verdict;
      try {
        verdict = judge(variants_[i], variants_[i].chapter + "." + variants_[i].label);
      } catch (const std::exception& error) {
        verdict.text = error.what();
      }
      say(variants_[i], verdict);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < jobs_; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

// From everything blank, one chapter after the other is filled in, and must then pass.
void Proof::restore_in_order(const std::vector<std::string>& chapters) {
  for (const std::string& chapter : chapters) {
    Variant variant{chapter, "alone", Variant::kGreen, "", {}};
    for (const auto& [file, source] : project_.sources()) {
      Texts blanks;
      for (const Region& region : source.regions)
        if (region.chapter > chapter) blanks[region.id()] = stub_of(source, region);
      if (!blanks.empty()) variant.files[file] = source.with(blanks);
    }
    Verdict verdict = judge(variant, "order", true);
    if (verdict.as_expected) verdict.text += ", without what is taught later";
    say(variant, verdict);
  }
}

void Proof::compare_figures(const Lesson& lesson, Stage& stage) {
  std::set<std::string> names = figures(lesson);
  if (!names.empty()) stage.run("make " + number_of(lesson.chapter));
  for (const std::string& name : names) {
    std::string shown = "tutorials/" + lesson.chapter + "/images/" + name;
    std::string drawn = demo_output(lesson.chapter) + "/" + name;
    if (!fs::exists(drawn)) fail("{}: the demo does not draw it", shown);
    if (!same_kind_of_picture(read_file(shown), read_file(drawn)))
      fail("{}: the demo draws another picture: make weave-{}", shown, number_of(lesson.chapter));
  }
}

// Runs the lesson's commands in order of reading; what it prints must follow from them.
void Proof::compare_outputs(const std::string& chapter) {
  Stage stage(chapter);
  size_t before = problems_.size();
  try {
    Lesson lesson = read_lesson(lesson_path(chapter), chapter);
    for (const Block& block : lesson.blocks) {
      std::string place = fmt::format("{}:{}", lesson.path, block.begin + 1);
      bool is_run = block.directive == "run";
      if (!is_run && (block.language != "sh" || !block.directive.empty())) continue;
      try {
        std::string output = stage.run(is_run ? block.argument : trim(join_lines(block.body)));
        std::string difference =
            is_run ? difference_in_kind(join_lines(block.body), output, block.last_words_vary) : "";
        if (!difference.empty()) problem(place + ": " + difference);
      } catch (const Problem& wrong) {
        problem(place + ": " + wrong.what());
      }
    }
    compare_figures(lesson, stage);
  } catch (const Problem& wrong) {
    problem(wrong.what());
  }
  rows_[chapter].outputs = problems_.size() == before;
}

void Proof::print_table() const {
  auto word = [](bool good) { return good ? "yes" : "NO"; };
  fmt::print("\n{:<20}{:>10}{:>12}{:>12}{:>10}{:>9}{:>9}\n", "chapter", "exercises", "blanks red",
             "mutants red", "reference", "in order", "outputs");
  for (const auto& [chapter, row] : rows_)
    fmt::print("{:<20}{:>10}{:>12}{:>12}{:>10}{:>9}{:>9}\n", chapter, row.exercises,
               fmt::format("{}/{}", row.stubs, row.exercises),
               fmt::format("{}/{}", row.found, row.mutants), word(row.reference), word(row.alone),
               word(row.outputs));
}

int Proof::run(const std::vector<std::string>& chapters) {
  auto begin = std::chrono::steady_clock::now();
  fs::remove_all("build/prove");
  for (const std::string& chapter : chapters) add_variants(chapter);
  judge_references(chapters);
  judge_all();
  restore_in_order(chapters);
  for (const std::string& chapter : chapters) compare_outputs(chapter);
  print_table();
  size_t exercises = 0, mutants = 0;
  for (const auto& [chapter, row] : rows_) {
    exercises += row.exercises;
    mutants += row.mutants;
  }
  auto minutes =
      std::chrono::duration<double, std::ratio<60>>(std::chrono::steady_clock::now() - begin);
  for (const std::string& text : problems_) fmt::print("NOT PROVED {}\n", text);
  fmt::print("{}: {}, {}, {}, {:.1f} minutes\n",
             problems_.empty() ? "proved" : counted(problems_.size(), "problem"),
             counted(chapters.size(), "chapter"), counted(exercises, "exercise"),
             counted(mutants, "mutant"), minutes.count());
  return problems_.empty() ? 0 : 1;
}

}  // namespace

int prove(const Project& project, const std::string& chapter, size_t jobs) {
  std::vector<std::string> chapters{chapter};
  if (chapter.empty()) chapters.assign(project.chapters().begin(), project.chapters().end());
  return Proof(project, jobs).run(chapters);
}

}  // namespace course
