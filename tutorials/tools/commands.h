// The commands of build/course; each returns the exit status.
#pragma once

#include <string>

#include "tutorials/tools/desk.h"
#include "tutorials/tools/project.h"

namespace course {

// What a learner's command is about: a chapter, and one of its exercises or all.
struct Choice {
  std::string chapter, exercise;  // exercise: "" for all

  // Those exercises; a Problem when there are none.
  std::vector<Exercise> exercises(const Project& project) const;
  // "make check-04 EXERCISE=order"
  std::string command(const std::string& verb) const;
};

// For the learner (learner.cpp, check.cpp).
int start(const Project& project, Desk& desk, const Choice& choice);
int lay(const Project& project, Desk& desk, const std::string& folder, const Choice& choice);
int lay_all(Desk& desk, const std::string& folder);
int check(const Project& project, Desk& desk, const Choice& choice, const std::string& program);
int hint(const Project& project, Desk& desk, const Choice& choice);
int solution(const Project& project, Desk& desk, const Choice& choice, bool reveal);
int reset(const Project& project, Desk& desk, const Choice& choice);
int progress(const Project& project, Desk& desk);

// Where the learner goes on after a chapter that passes: "make start-05".
std::string next_chapter(const Project& project, const Desk& desk, const std::string& chapter);

// For authors (weave.cpp, check_text.cpp, prove.cpp, record.cpp). Without a chapter: all.
int weave(const Project& project, const std::string& chapter);
int check_text(const Project& project, const std::string& chapter);
int prove(const Project& project, const std::string& chapter, size_t jobs);
int record(const Project& project, const std::string& chapter);

}  // namespace course
