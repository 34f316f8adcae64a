// The learner's desk: the folder work/, which mirrors the tree.
//
// A file on the desk is the reference with some regions that belong to the learner: those of the
// chapters that were started. Everything else in it follows the reference. What the desk remembers
// beside the files:
//   work/.base/regions/CHAPTER/NAME   the reference's region when the learner began (or was last
//                                     told that it changed)
//   work/.base/files/PATH             the file as it was last written by this program
//   work/.state/                      hints that were given, chapters that passed
//   work/.backup/TIME/PATH            whatever would have been lost
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tutorials/tools/project.h"

namespace course {

class Desk {
 public:
  // The folder is $WORK, or work/.
  explicit Desk(const Project& project);

  // Brings the desk in line with the reference: after `git pull`, and before every command. Says
  // what it had to do; loses nothing. A Problem, and nothing changed, when a marker is gone.
  void update();

  // Blanks the chapter's regions that are not begun; returns how many those were.
  size_t start(const std::string& chapter);
  // Blanks all of them, keeping copies. In place of update(), so that a file whose markers are
  // broken can be started again.
  void reset(const std::string& chapter);

  // Writes what is to be compiled to the folder: the files of the desk with the regions of one
  // chapter, written or not, and those of other chapters that pass. Without a chapter: every region
  // that is written. The rest is the reference's. Returns the exercises that fell back so.
  std::vector<std::string> lay(const std::string& folder, const std::string& chapter) const;

  // The learner's text, once begun.
  std::optional<Lines> text(const Region& region) const;
  bool started(const std::string& chapter) const;
  bool written(const Region& region) const;

  // The line of a region's first line in the file on the desk.
  size_t line_of(const Exercise& exercise) const;
  std::string path(const std::string& file) const { return (folder_ / file).generic_string(); }

  // Whether the chapter's tests passed with exactly what stands in its regions now.
  void set_passed(const std::string& chapter, bool passed) const;
  bool passed(const std::string& chapter) const;
  bool passed_before(const std::string& chapter) const;

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
  void put_aside(const Source& woven, const std::string& chapter);
  void blank(const Exercise& exercise);
  bool is_used(const Region& region, const std::string& chapter) const;
  std::string fingerprint(const std::string& chapter) const;

  const Project& project_;
  fs::path folder_;
  fs::path backup_;                      // of this run, made when first needed
  std::map<std::string, Lines> base_;    // by id, what is begun
  std::map<std::string, Source> woven_;  // by path, the files as we last wrote them
  Texts read_, texts_;                   // by id, the learner's: as found, as they go on
};

}  // namespace course
