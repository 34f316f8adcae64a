// The reference: every source file that holds exercises, and the chapters.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tutorials/tools/source.h"

namespace course {

struct Exercise {
  std::string file;
  Region region;
};

class Project {
 public:
  // Reads the tree below the current folder, the project's root.
  Project();

  // The chapter of "9", "09", "09-attention"; a Problem with the list of chapters for another.
  std::string chapter(const std::string& wanted) const;
  const std::set<std::string>& chapters() const { return chapters_; }

  // In the order of the lesson; empty for a chapter without any.
  std::vector<Exercise> exercises(const std::string& chapter) const;
  Exercise exercise(const std::string& chapter, const std::string& name) const;

  const std::map<std::string, Source>& sources() const { return sources_; }
  const Source* source_of(const std::string& id) const;

 private:
  void read(const std::string& path);

  std::map<std::string, Source> sources_;  // by path, those with regions only
  std::map<std::string, std::string> file_of_;
  std::set<std::string> chapters_;
};

std::string number_of(const std::string& chapter);    // "09"
std::string lesson_path(const std::string& chapter);  // "tutorials/09-attention/README.md"
std::string title_of(const std::string& chapter);     // of the lesson's first line

}  // namespace course
