// The commands of build/course; each returns the exit status.
#pragma once

#include <string>

#include "tutorials/tools/desk.h"
#include "tutorials/tools/project.h"

namespace course {

// For the learner (learner.cpp, check.cpp).
int start(const Project& project, Desk& desk, const std::string& chapter);
int lay(const Project& project, Desk& desk, const std::string& folder, const std::string& chapter);
int check(const Project& project, Desk& desk, const std::string& chapter,
          const std::string& program);
int hint(const Project& project, Desk& desk, const std::string& chapter,
         const std::string& exercise);
int solution(const Project& project, Desk& desk, const std::string& chapter,
             const std::string& exercise, bool reveal);
int reset(const Project& project, Desk& desk, const std::string& chapter);
int progress(const Project& project, Desk& desk);

// For authors (weave.cpp, check_text.cpp, prove.cpp). Without a chapter: all.
int weave(const Project& project, const std::string& chapter);
int check_text(const Project& project, const std::string& chapter);
int prove(const Project& project, const std::string& chapter, size_t jobs);

}  // namespace course
