// The glossary: a table of terms, what they mean, and the chapter that explains them.
#pragma once

#include <string>
#include <vector>

#include "tutorials/tools/project.h"

namespace course {

// Rows that are out of order, and terms that do not occur in the lesson to which they point, a line
// each.
std::vector<std::string> glossary_faults(const Project& project, const std::string& path);

}  // namespace course
