// The learner's desk: the folder work/, which mirrors the tree.
//
// A file on the desk is the reference with some regions that belong to the learner: those that were
// started. What is taught later and not started is blank in it, so that nothing is given away.
// Everything else follows the reference. What the desk remembers beside the files:
//   work/.base/regions/CHAPTER/NAME   the reference's region when the learner began (or was last
//                                     told that it changed)
//   work/.base/files/PATH             the file as it was last written by this program
//   work/.state/hints/ID              how many hints were given
//   work/.state/passed/CHAPTER        its exercises that passed: for each its id, then its text
//   work/.state/failing/CHAPTER       the exercise whose failure was shown last
//   work/.state/last                  the chapter that was worked on last
//   work/.backup/TIME/PATH            whatever would have been lost
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tutorials/tools/project.h"

namespace course {

// An environment variable: the id of an exercise.
constexpr const char* kAlone = "COURSE_ALONE";

class Desk {
 public:
  // The folder is $WORK, or work/.
  explicit Desk(const Project& project);

  // Brings the desk in line with the reference: after `git pull`, and before every command. Says
  // what it had to do; loses nothing. A Problem, and nothing changed, when a marker is gone.
  void update();

  // Blanks those of the exercises that are not begun; returns how many those were.
  size_t start(const std::vector<Exercise>& exercises);
  // Blanks all of them, keeping copies. In place of update(), so that a file whose markers are
  // broken can be started again.
  void reset(const std::vector<Exercise>& exercises);

  // Writes what is to be compiled to the folder: the files of the desk with those of the exercises
  // that are written (while none is: their blanks), and those of other chapters that pass. The rest
  // is the reference's, so that what is written is judged beside what is right. A program made of
  // it runs with one of the exercises alone, and the reference's others, where kAlone names it.
  void lay(const std::string& folder, const std::vector<Exercise>& exercises) const;
  // The same with every region that is written; returns the exercises that are begun and are not.
  std::vector<std::string> lay_all(const std::string& folder) const;

  // The learner's text, once begun.
  std::optional<Lines> text(const Region& region) const;
  bool started(const Region& region) const { return texts_.contains(region.id()); }
  bool started(const std::string& chapter) const;
  bool written(const Region& region) const;
  bool any_written(const std::vector<Exercise>& exercises) const;

  // The line of a region's first line in the file on the desk.
  size_t line_of(const Exercise& exercise) const;
  std::string path(const std::string& file) const { return (folder_ / file).generic_string(); }

  // Whether an exercise's tests passed with exactly what stands in its region now.
  void set_passed(const Region& region, bool passed) const;
  bool passed(const Region& region) const;
  // All of the chapter's; and whether they passed once, with what stood there then.
  bool passed(const std::string& chapter) const;
  bool passed_before(const std::string& chapter) const;

  // What the learner is at: the exercise whose failure was shown last ("" for none), the chapter.
  void set_failing(const std::string& chapter, const std::string& name) const;
  std::string failing(const std::string& chapter) const;
  void set_last(const std::string& chapter) const;
  std::string last() const;

  int hints_given(const Region& region) const;
  void set_hints_given(const Region& region, int count) const;

 private:
  void read_regions(const Source& woven);
  void restart_deleted(const Source& woven);
  void drop_removed();
  void tell_changed();
  void follow_moved(const Source& woven);
  void remove_unneeded(const Source& woven);
  void write_files();
  void keep_foreign_edits(const std::string& file, const std::string& expected);
  std::string keep(const std::string& file);
  void put_aside(const Source& woven, const std::set<std::string>& ids);
  void blank(const Exercise& exercise);
  Texts blanks_of_later(const Source& source) const;
  enum class Use { kMine, kReference, kEither };  // kEither: as kAlone says
  void lay_where(const std::string& folder, const std::function<Use(const Region&)>& use_of) const;
  Texts passed_texts(const std::string& chapter) const;

  const Project& project_;
  fs::path folder_;
  fs::path backup_;                      // of this run, made when first needed
  std::map<std::string, Lines> base_;    // by id, what is begun
  std::map<std::string, Source> woven_;  // by path, the files as we last wrote them
  Texts read_, texts_;                   // by id, the learner's: as found, as they go on
};

}  // namespace course
