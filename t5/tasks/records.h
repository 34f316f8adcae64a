// Records: what a data file says of each example, as fields with names.
//
// TSV and CSV (RFC 4180: a field in quotation marks may hold commas, line breaks and doubled
// quotation marks), JSON lines (of an object in an object, and of a list, the fields are named
// "answers.text.0"), plain text, whose lines are the field "text". Which it is, the file's
// extension says. Errors name file and line.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace t5 {

struct Record {
  std::vector<std::pair<std::string, std::string>> fields;  // by name, in the order of the file
  std::string place;                                        // "train.tsv:17"

  // Null when there is none.
  const std::string* find(const std::string& name) const;
  // Of that name; without it throws, and names those that there are.
  const std::string& at(const std::string& name) const;
  // The elements of a list: name.0, name.1, …
  std::vector<std::string> list(const std::string& name) const;
};

// How the columns of TSV and CSV are called.
struct Columns {
  bool header = false;                                     // the first line says it
  std::vector<std::string> names = {"inputs", "targets"};  // otherwise
};

// Calls `use` with every record of the file, in order. A file without any throws.
void for_each_record(const std::string& path, const Columns& columns,
                     const std::function<void(const Record&)>& use);

}  // namespace t5
