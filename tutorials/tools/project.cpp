#include "tutorials/tools/project.h"

#include <algorithm>
#include <regex>

namespace course {

namespace {

bool is_chapter(const std::string& name) {
  static const std::regex pattern(R"(\d\d-[a-z0-9-]+)");
  return std::regex_match(name, pattern);
}

// The exercises that the lesson has headings for, in its order.
std::vector<std::string> order_in_lesson(const std::string& chapter) {
  std::vector<std::string> names;
  if (!fs::exists(lesson_path(chapter))) return names;
  for (const std::string& line : split_lines(read_file(lesson_path(chapter))))
    if (line.starts_with("### ")) names.push_back(trim(line.substr(4)));
  return names;
}

}  // namespace

Project::Project() {
  for (const char* folder : {"tensor", "autograd", "nn", "t5", "tutorials"})
    for (const std::string& path : files_below(folder))
      if (!path.starts_with("tutorials/tools/") && (path.ends_with(".cpp") || path.ends_with(".h")))
        read(path);
  if (!fs::is_directory("tutorials"))
    fail("tutorials: not found; run this from the project's root");
  for (const auto& entry : fs::directory_iterator("tutorials"))
    if (entry.is_directory() && is_chapter(entry.path().filename()))
      chapters_.insert(entry.path().filename());
}

void Project::read(const std::string& path) {
  Source source = parse_source(path, read_file(path));
  if (source.regions.empty()) return;
  if (path.ends_with(".h") || path.ends_with("/demo.cpp"))
    fail("{}:{}: exercises stand in the library's .cpp files, not in headers or demos", path,
         source.regions[0].begin);
  for (const Region& region : source.regions) {
    auto [other, is_new] = file_of_.emplace(region.id(), path);
    if (!is_new)
      fail("{}:{}: exercise {} stands in {} too", path, region.begin, region.id(), other->second);
    if (region.begin == region.end)
      fail("{}:{}: exercise {} is empty", path, region.begin, region.id());
    chapters_.insert(region.chapter);
  }
  sources_.emplace(path, std::move(source));
}

std::string Project::chapter(const std::string& wanted) const {
  std::string number = wanted.size() == 1 ? "0" + wanted : wanted;
  for (const std::string& chapter : chapters_)
    if (chapter == wanted || number_of(chapter) == number) return chapter;
  if (chapters_.empty()) fail("there is no chapter {}: there are none", wanted);
  fail("there is no chapter {}: there are {}", wanted,
       listed({chapters_.begin(), chapters_.end()}));
}

std::vector<Exercise> Project::exercises(const std::string& chapter) const {
  std::vector<Exercise> found;
  for (const auto& [path, source] : sources_)
    for (const Region& region : source.regions)
      if (region.chapter == chapter) found.push_back({path, region});
  std::vector<std::string> order = order_in_lesson(chapter);
  auto place = [&](const Exercise& exercise) {
    return std::find(order.begin(), order.end(), exercise.region.name) - order.begin();
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Exercise& a, const Exercise& b) { return place(a) < place(b); });
  return found;
}

Exercise Project::exercise(const std::string& chapter, const std::string& name) const {
  std::vector<std::string> names;
  for (const Exercise& exercise : exercises(chapter)) {
    if (exercise.region.name == name) return exercise;
    names.push_back(exercise.region.name);
  }
  if (names.empty()) fail("chapter {} has no exercises", chapter);
  fail("chapter {} has no exercise '{}': there are {}", chapter, name, listed(names));
}

const Source* Project::source_of(const std::string& id) const {
  auto file = file_of_.find(id);
  return file == file_of_.end() ? nullptr : &sources_.at(file->second);
}

std::string number_of(const std::string& chapter) { return chapter.substr(0, 2); }

std::string lesson_path(const std::string& chapter) {
  return "tutorials/" + chapter + "/README.md";
}

std::string title_of(const std::string& chapter) {
  if (!fs::exists(lesson_path(chapter))) return chapter;
  Lines lines = split_lines(read_file(lesson_path(chapter)));
  bool titled = !lines.empty() && lines[0].starts_with("# ");
  return titled ? trim(lines[0].substr(2)) : chapter;
}

}  // namespace course
