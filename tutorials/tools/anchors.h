// Code for a lesson, taken from the source by name.
#pragma once

#include <string>

#include "tutorials/tools/project.h"

namespace course {

// What `<!-- code FILE#ANCHOR -->` stands for in a lesson of the chapter. ANCHOR is an exercise of
// another chapter, or text that one line opening a definition has: a function, a struct, a test.
// With its comment, without common indentation. FILE alone is the whole file. In place of the
// chapter's own exercises stands that they are the reader's to write. A Problem says why nothing,
// or too much, was found.
Lines quoted(const Project& project, const std::string& chapter, const std::string& reference);

}  // namespace course
