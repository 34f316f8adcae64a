// A source file and the exercises marked in it.
//
//   // exercise 09-attention/softmax — rows of scores become weights
//   ... complete statements ...
//   // end exercise
//
// The lines between the markers are the exercise's region. docs/contributing.md says what may
// stand in one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tutorials/tools/text.h"

namespace course {

struct Region {
  std::string chapter, name, title;  // "09-attention", "softmax", "rows of scores …"
  size_t begin, end;                 // its lines are [begin, end), the markers stand around them

  std::string id() const { return chapter + "/" + name; }
};

// New text for some regions, by id.
using Texts = std::map<std::string, Lines>;

struct Source {
  std::string path;
  Lines lines;
  std::vector<Region> regions;

  const Region* find(const std::string& id) const;
  Lines text_of(const Region& region) const;

  // The file with the regions that `texts` names replaced.
  std::string with(const Texts& texts) const;
};

// Finds the regions; a marker that is malformed, nested or without its partner is a Problem with
// the path and the line.
Source parse_source(const std::string& path, const std::string& text);

// What stands in a region before it is written: one statement that throws.
Lines stub_of(const Source& source, const Region& region);

// What stands in a region that is not begun, in a file that was laid out for something earlier.
Lines cover_of(const Source& source, const Region& region);

// What the statement of stub_of says when it runs.
std::string stub_message(const Region& region);

// Whether a region still holds the statement of stub_of.
bool is_stub(const Lines& text);

// The marker at the beginning of a region in a line, or nothing: for texts that quote code.
bool is_marker(const std::string& line);

}  // namespace course
