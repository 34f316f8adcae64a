// The desk: beginning and beginning again, and what is remembered.
#include <algorithm>

#include "tutorials/tools/desk.h"

namespace course {

size_t Desk::start(const std::vector<Exercise>& exercises) {
  size_t begun = 0;
  for (const Exercise& exercise : exercises)
    if (!started(exercise.region)) {
      blank(exercise);
      ++begun;
    }
  write_files();
  return begun;
}

void Desk::reset(const std::vector<Exercise>& exercises) {
  std::set<std::string> ids;
  for (const Exercise& exercise : exercises) ids.insert(exercise.region.id());
  for (const auto& [file, woven] : woven_) put_aside(woven, ids);
  for (const auto& [file, woven] : woven_)
    if (fs::exists(path(file))) read_regions(woven);
  read_ = texts_;
  for (const Exercise& exercise : exercises) {
    blank(exercise);
    set_hints_given(exercise.region, 0);
    set_passed(exercise.region, false);
  }
  drop_removed();
  tell_changed();
  write_files();
}

// Moves a file that holds some of these regions to the backup. What the learner wrote in its other
// regions is read before that, if it can be.
void Desk::put_aside(const Source& woven, const std::set<std::string>& ids) {
  auto is_reset = [&](const Region& region) { return ids.contains(region.id()); };
  bool concerned = std::any_of(woven.regions.begin(), woven.regions.end(), is_reset);
  if (!concerned || !fs::exists(woven.path)) return;
  std::string file = woven.path.substr(folder_.generic_string().size() + 1);
  fmt::print("{} as it was is kept as {}\n", woven.path, keep(file));
  Source mine{woven.path, {}, {}};
  try {
    mine = parse_source(woven.path, read_file(woven.path));
  } catch (const Problem&) {
  }
  for (const Region& region : woven.regions) {
    if (!base_.contains(region.id()) || is_reset(region)) continue;
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

// The files of the desk, with the reference's text in every region that is not the learner's alone.
void Desk::lay_where(const std::string& folder,
                     const std::function<Use(const Region&)>& use_of) const {
  std::set<std::string> laid;
  for (const auto& [file, mine] : woven_) {
    const Source& reference = project_.sources().at(file);
    Lines lines{"#include <cstdlib>", "#include <string_view>",
                fmt::format("#line 1 \"{}\"", mine.path)};  // messages name the learner's file
    auto add = [&](const Lines& more) { lines.insert(lines.end(), more.begin(), more.end()); };
    size_t copied = 0;
    for (const Region& region : mine.regions) {
      Use use = started(region) ? use_of(region) : Use::kReference;
      if (use == Use::kMine) continue;
      add({mine.lines.begin() + copied, mine.lines.begin() + region.begin});
      if (use == Use::kEither) {
        add({fmt::format("{{ static const char* const alone = ::getenv(\"{}\");", kAlone),
             fmt::format("if (!alone || std::string_view(alone) == \"{}\") {{", region.id()),
             fmt::format("#line {}", region.begin + 1)});
        add(mine.text_of(region));
        add({"} else {"});
      }
      add(reference.text_of(*reference.find(region.id())));
      add({use == Use::kEither ? "} }" : "", fmt::format("#line {}", region.end + 1)});
      copied = region.end;
    }
    add({mine.lines.begin() + copied, mine.lines.end()});
    write_file(fs::path(folder) / file, join_lines(lines));
    laid.insert((fs::path(folder) / file).generic_string());
  }
  for (const std::string& path : files_below(folder))
    if (!laid.contains(path)) fs::remove(path);
}

void Desk::lay(const std::string& folder, const std::vector<Exercise>& exercises) const {
  bool blanks = !any_written(exercises);
  lay_where(folder, [&](const Region& region) {
    bool is_judged = std::any_of(exercises.begin(), exercises.end(), [&](const Exercise& exercise) {
      return exercise.region.id() == region.id();
    });
    if (is_judged && blanks) return Use::kMine;
    if (is_judged && written(region)) return Use::kEither;
    bool same_chapter = region.chapter == exercises.front().region.chapter;
    return !same_chapter && passed(region) ? Use::kMine : Use::kReference;
  });
}

std::vector<std::string> Desk::lay_all(const std::string& folder) const {
  std::vector<std::string> fallen_back;
  lay_where(folder,
            [&](const Region& region) { return written(region) ? Use::kMine : Use::kReference; });
  for (const auto& [file, mine] : woven_)
    for (const Region& region : mine.regions)
      if (started(region) && !written(region)) fallen_back.push_back(region.id());
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

bool Desk::any_written(const std::vector<Exercise>& exercises) const {
  return std::any_of(exercises.begin(), exercises.end(),
                     [&](const Exercise& exercise) { return written(exercise.region); });
}

size_t Desk::line_of(const Exercise& exercise) const {
  auto woven = woven_.find(exercise.file);
  const Region* region = woven == woven_.end() ? nullptr : woven->second.find(exercise.region.id());
  return region ? region->begin + 1 : 0;
}

// What stood in the chapter's exercises when they passed.
Texts Desk::passed_texts(const std::string& chapter) const {
  Texts texts;
  fs::path file = folder_ / ".state/passed" / chapter;
  if (!fs::exists(file)) return texts;
  Lines* text = nullptr;
  for (const std::string& line : split_lines(read_file(file)))
    if (project_.source_of(line))
      text = &texts[line];
    else if (text)
      text->push_back(line);
  return texts;
}

void Desk::set_passed(const Region& region, bool passed) const {
  Texts texts = passed_texts(region.chapter);
  texts.erase(region.id());
  if (passed) texts[region.id()] = *text(region);
  std::string all;
  for (const auto& [id, lines] : texts) all += id + "\n" + join_lines(lines);
  write_file(folder_ / ".state/passed" / region.chapter, all);
}

bool Desk::passed(const Region& region) const {
  Texts texts = passed_texts(region.chapter);
  auto then = texts.find(region.id());
  return written(region) && then != texts.end() && then->second == *text(region);
}

bool Desk::passed(const std::string& chapter) const {
  std::vector<Exercise> exercises = project_.exercises(chapter);
  return std::all_of(exercises.begin(), exercises.end(),
                     [&](const Exercise& exercise) { return passed(exercise.region); });
}

bool Desk::passed_before(const std::string& chapter) const {
  return passed_texts(chapter).size() == project_.exercises(chapter).size();
}

void Desk::set_failing(const std::string& chapter, const std::string& name) const {
  write_file(folder_ / ".state/failing" / chapter, name + "\n");
}

std::string Desk::failing(const std::string& chapter) const {
  fs::path file = folder_ / ".state/failing" / chapter;
  return fs::exists(file) ? trim(read_file(file)) : "";
}

void Desk::set_last(const std::string& chapter) const {
  write_file(folder_ / ".state/last", chapter + "\n");
}

std::string Desk::last() const {
  fs::path file = folder_ / ".state/last";
  return fs::exists(file) ? trim(read_file(file)) : "";
}

int Desk::hints_given(const Region& region) const {
  fs::path file = folder_ / ".state/hints" / region.id();
  return fs::exists(file) ? std::atoi(read_file(file).c_str()) : 0;
}

void Desk::set_hints_given(const Region& region, int count) const {
  write_file(folder_ / ".state/hints" / region.id(), fmt::format("{}\n", count));
}

}  // namespace course
