// The desk: beginning and beginning again, and what is remembered.
#include <algorithm>

#include "tutorials/tools/desk.h"

namespace course {

size_t Desk::start(const std::string& chapter) {
  size_t begun = 0;
  for (const Exercise& exercise : project_.exercises(chapter))
    if (!texts_.contains(exercise.region.id())) {
      blank(exercise);
      ++begun;
    }
  write_files();
  return begun;
}

void Desk::reset(const std::string& chapter) {
  for (const auto& [file, woven] : woven_) put_aside(woven, chapter);
  for (const auto& [file, woven] : woven_)
    if (fs::exists(path(file))) read_regions(woven);
  read_ = texts_;
  for (const Exercise& exercise : project_.exercises(chapter)) {
    blank(exercise);
    set_hints_given(exercise.region, 0);
  }
  drop_removed();
  tell_changed();
  write_files();
}

// Moves a file that holds regions of the chapter to the backup. What the learner wrote there for
// other chapters is read before that, if it can be.
void Desk::put_aside(const Source& woven, const std::string& chapter) {
  auto of_chapter = [&](const Region& region) { return region.chapter == chapter; };
  bool concerned = std::any_of(woven.regions.begin(), woven.regions.end(), of_chapter);
  if (!concerned || !fs::exists(woven.path)) return;
  std::string file = woven.path.substr(folder_.generic_string().size() + 1);
  fmt::print("{} as it was is kept as {}\n", woven.path, keep(file));
  Source mine{woven.path, {}, {}};
  try {
    mine = parse_source(woven.path, read_file(woven.path));
  } catch (const Problem&) {
  }
  for (const Region& region : woven.regions) {
    if (!base_.contains(region.id()) || of_chapter(region)) continue;
    const Region* found = mine.find(region.id());
    texts_[region.id()] = found ? mine.text_of(*found) : stub_of(woven, region);
    if (!found)
      fmt::print("exercise {} is blank again too: its markers were broken\n", region.id());
  }
  fs::remove(woven.path);
}

void Desk::blank(const Exercise& exercise) {
  const Source& source = project_.sources().at(exercise.file);
  Lines reference = source.text_of(exercise.region);
  std::string id = exercise.region.id();
  texts_[id] = stub_of(source, exercise.region);
  base_[id] = reference;
  write_file(folder_ / ".base/regions" / id, join_lines(reference));
}

bool Desk::is_used(const Region& region, const std::string& chapter) const {
  if (!base_.contains(region.id())) return false;
  if (chapter.empty()) return written(region);
  return region.chapter == chapter || passed(region.chapter);
}

std::vector<std::string> Desk::lay(const std::string& folder, const std::string& chapter) const {
  std::vector<std::string> fallen_back;
  std::set<std::string> laid;
  for (const auto& [file, mine] : woven_) {
    const Source& reference = project_.sources().at(file);
    Lines lines{fmt::format("#line 1 \"{}\"", mine.path)};  // messages name the learner's file
    size_t copied = 0;
    for (const Region& region : mine.regions) {
      if (is_used(region, chapter)) continue;
      if (base_.contains(region.id())) fallen_back.push_back(region.id());
      Lines text = reference.text_of(*reference.find(region.id()));
      lines.insert(lines.end(), mine.lines.begin() + copied, mine.lines.begin() + region.begin);
      lines.insert(lines.end(), text.begin(), text.end());
      lines.push_back(fmt::format("#line {}", region.end + 1));
      copied = region.end;
    }
    lines.insert(lines.end(), mine.lines.begin() + copied, mine.lines.end());
    write_file(fs::path(folder) / file, join_lines(lines));
    laid.insert((fs::path(folder) / file).generic_string());
  }
  for (const std::string& path : files_below(folder))
    if (!laid.contains(path)) fs::remove(path);
  return fallen_back;
}

std::optional<Lines> Desk::text(const Region& region) const {
  auto text = texts_.find(region.id());
  return text == texts_.end() ? std::nullopt : std::optional(text->second);
}

bool Desk::started(const std::string& chapter) const {
  for (const auto& [id, text] : texts_)
    if (id.starts_with(chapter + "/")) return true;
  return false;
}

bool Desk::written(const Region& region) const {
  auto mine = text(region);
  return mine && !is_stub(*mine);
}

size_t Desk::line_of(const Exercise& exercise) const {
  auto woven = woven_.find(exercise.file);
  const Region* region = woven == woven_.end() ? nullptr : woven->second.find(exercise.region.id());
  return region ? region->begin + 1 : 0;
}

std::string Desk::fingerprint(const std::string& chapter) const {
  std::string all;
  for (const Exercise& exercise : project_.exercises(chapter))
    if (auto mine = text(exercise.region)) all += exercise.region.id() + "\n" + join_lines(*mine);
  return all;
}

void Desk::set_passed(const std::string& chapter, bool passed) const {
  fs::path file = folder_ / ".state/passed" / chapter;
  if (passed)
    write_file(file, fingerprint(chapter));
  else
    fs::remove(file);
}

bool Desk::passed(const std::string& chapter) const {
  return passed_before(chapter) &&
         read_file(folder_ / ".state/passed" / chapter) == fingerprint(chapter);
}

bool Desk::passed_before(const std::string& chapter) const {
  return fs::exists(folder_ / ".state/passed" / chapter);
}

int Desk::hints_given(const Region& region) const {
  fs::path file = folder_ / ".state/hints" / region.id();
  return fs::exists(file) ? std::atoi(read_file(file).c_str()) : 0;
}

void Desk::set_hints_given(const Region& region, int count) const {
  write_file(folder_ / ".state/hints" / region.id(), fmt::format("{}\n", count));
}

}  // namespace course
