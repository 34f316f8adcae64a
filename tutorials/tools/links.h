// What a page refers to: links, pictures, headings, commands of make.
#pragma once

#include <string>
#include <vector>

#include "tutorials/tools/project.h"

namespace course {

// The headings that begin with `prefix` ("## "), outside fenced blocks.
std::vector<std::string> headings(const Lines& lines, const std::string& prefix);

// The text of the last "## " heading at or before a line.
std::string section_at(const Lines& lines, size_t line);

// The name under which GitHub and pandoc know a heading.
std::string heading_id(const std::string& heading);

// What a page names and the tree does not have, a line each.
std::vector<std::string> broken_references(const Project& project, const std::string& path);

}  // namespace course
