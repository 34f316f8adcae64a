#include "tutorials/tools/source.h"

#include <algorithm>
#include <regex>

namespace course {

namespace {

const std::regex kOpening(R"(// exercise (\d\d-[a-z0-9-]+)/([a-z0-9-]+)( — (.+))?)");

// A comment that is meant as a marker, well-formed or not: prose has no number here.
bool is_opening(const std::string& line) {
  static const std::regex pattern(R"(\s*// ?exercise:? +\d.*)");
  return std::regex_match(line, pattern);
}

bool is_closing(const std::string& line) { return trim(line) == "// end exercise"; }

Region open_region(const std::string& path, size_t number, const std::string& line) {
  std::smatch parts;
  std::string text = trim(line);
  if (!std::regex_match(text, parts, kOpening))
    fail("{}:{}: expected '// exercise NN-chapter/name — what it does', found '{}'", path, number,
         text);
  return {parts[1], parts[2], parts[4], number, number};
}

// One statement that throws, as far to the right as the region.
Lines throwing(const Source& source, const Region& region, const std::string& message) {
  std::string indent(indent_of(source.lines[region.begin - 1]), ' ');
  return {fmt::format("{}throw Error(\"{}\");", indent, message)};
}

}  // namespace

const Region* Source::find(const std::string& id) const {
  for (const Region& region : regions)
    if (region.id() == id) return &region;
  return nullptr;
}

Lines Source::text_of(const Region& region) const {
  return {lines.begin() + region.begin, lines.begin() + region.end};
}

std::string Source::with(const Texts& texts) const {
  Lines result;
  size_t copied = 0;
  for (const Region& region : regions) {
    auto text = texts.find(region.id());
    if (text == texts.end()) continue;
    result.insert(result.end(), lines.begin() + copied, lines.begin() + region.begin);
    result.insert(result.end(), text->second.begin(), text->second.end());
    copied = region.end;
  }
  result.insert(result.end(), lines.begin() + copied, lines.end());
  return join_lines(result);
}

Source parse_source(const std::string& path, const std::string& text) {
  Source source{path, split_lines(text), {}};
  bool open = false;
  for (size_t i = 0; i < source.lines.size(); ++i) {
    const std::string& line = source.lines[i];
    if (is_opening(line)) {
      if (open)
        fail("{}:{}: an exercise begins inside {}", path, i + 1, source.regions.back().id());
      source.regions.push_back(open_region(path, i + 1, line));
      open = true;
    } else if (is_closing(line)) {
      if (!open) fail("{}:{}: '// end exercise' without an exercise before it", path, i + 1);
      source.regions.back().end = i;
      open = false;
    }
  }
  if (open) {
    const Region& last = source.regions.back();
    fail("{}:{}: exercise {} has no '// end exercise'", path, last.begin, last.id());
  }
  return source;
}

std::string stub_message(const Region& region) {
  return fmt::format("exercise {} is not written yet: see tutorials/{}", region.id(),
                     region.chapter);
}

Lines stub_of(const Source& source, const Region& region) {
  return throwing(source, region, stub_message(region));
}

Lines cover_of(const Source& source, const Region& region) {
  return throwing(source, region,
                  fmt::format("exercise {} is not begun: make start-{}", region.id(),
                              region.chapter.substr(0, 2)));
}

bool is_stub(const Lines& text) {
  return std::any_of(text.begin(), text.end(), [](const std::string& line) {
    return line.find("is not written yet: see tutorials/") != std::string::npos;
  });
}

bool is_marker(const std::string& line) { return is_opening(line) || is_closing(line); }

}  // namespace course
