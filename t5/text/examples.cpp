// The two formats of training data; see examples.h.
#include "t5/text/examples.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "t5/files/json.h"
#include "t5/files/unpacking.h"
#include "t5/text/lines.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

Example parse_tsv(const std::string& line, const std::string& place) {
  auto tabs = std::count(line.begin(), line.end(), '\t');
  check(tabs == 1, "{}: expected 2 tab-separated fields, found {}", place, tabs + 1);
  size_t tab = line.find('\t');
  return {line.substr(0, tab), line.substr(tab + 1)};
}

Example parse_json_line(const std::string& line, const std::string& place) {
  JsonObject object(parse_json(line, place), place);
  return {object.string("inputs"), object.string("targets")};
}

}  // namespace

TextFormat format_of(const std::string& path) {
  std::string extension =
      lower_case(std::filesystem::path(unpacked_name(path)).extension().string());
  for (const char* name : {".jsonl", ".ndjson", ".jsonlines", ".json"})
    if (extension == name) return TextFormat::kJsonLines;
  return extension == ".tsv" || extension == ".tab" ? TextFormat::kTsv : TextFormat::kPlain;
}

Example parse_example(const std::string& line, TextFormat format, const std::string& place) {
  check(!line.empty(), "{}: the line is empty; remove it", place);
  bool json = format == TextFormat::kJsonLines;
  Example example = json ? parse_json_line(line, place) : parse_tsv(line, place);
  check(is_visible(example.target), "{}: the target is empty; every example needs one", place);
  return example;
}

void check_has_examples(const std::string& path, int64_t examples) {
  check(examples > 0, "{}: the file is empty; expected one example a line", path);
}

void for_each_example(const std::string& path, const std::function<void(Example)>& use) {
  TextFormat format = format_of(path);
  LineReader reader(path);
  for (std::string line; reader.next(line);) use(parse_example(line, format, reader.place()));
  check_has_examples(path, reader.number());
}

std::vector<Example> read_examples(const std::string& path) {
  std::vector<Example> examples;
  for_each_example(path, [&](Example example) { examples.push_back(std::move(example)); });
  return examples;
}

}  // namespace t5
