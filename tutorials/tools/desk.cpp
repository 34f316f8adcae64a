#include "tutorials/tools/desk.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace course {

namespace {

fs::path work_folder() {
  const char* folder = std::getenv("WORK");
  return folder && *folder ? folder : "work";
}

std::string time_stamp() {
  std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d-%H%M%S", std::localtime(&now));
  return text;
}

// The first line, from 1, that two texts do not share.
size_t first_difference(const Lines& a, const Lines& b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin() + 1;
}

// Paths of the files below a folder, relative to it.
std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> names = files_below(folder);
  for (std::string& name : names) name = name.substr(folder.generic_string().size() + 1);
  return names;
}

}  // namespace

Desk::Desk(const Project& project) : project_(project), folder_(work_folder()) {
  for (const std::string& id : names_below(folder_ / ".base/regions"))
    base_[id] = split_lines(read_file(folder_ / ".base/regions" / id));
  for (const std::string& file : names_below(folder_ / ".base/files"))
    woven_.emplace(file, parse_source(path(file), read_file(folder_ / ".base/files" / file)));
}

void Desk::update() {
  texts_.clear();
  for (const auto& [file, woven] : woven_)
    if (fs::exists(path(file)))
      read_regions(woven);
    else
      restart_deleted(woven);
  read_ = texts_;
  drop_removed();
  tell_changed();
  write_files();
}

// The learner's text of every begun region of a file.
void Desk::read_regions(const Source& woven) {
  std::string remedy =
      fmt::format("put the two marker lines back, or make reset-{}",
                  woven.regions.empty() ? "NN" : number_of(woven.regions[0].chapter));
  Source mine;
  try {
    mine = parse_source(woven.path, read_file(woven.path));
  } catch (const Problem& problem) {
    fail("{}: {}", problem.what(), remedy);
  }
  for (const Region& region : woven.regions) {
    if (!base_.contains(region.id())) continue;
    const Region* found = mine.find(region.id());
    if (!found) fail("{}: the marker of exercise {} is gone: {}", woven.path, region.id(), remedy);
    texts_[region.id()] = mine.text_of(*found);
  }
}

void Desk::restart_deleted(const Source& woven) {
  for (const Region& region : woven.regions) {
    if (!base_.erase(region.id())) continue;
    fs::remove(folder_ / ".base/regions" / region.id());
    fmt::print("{} was deleted: exercise {} counts as not started\n", woven.path, region.id());
  }
}

// A region that the reference has no longer: the learner's text is kept aside.
void Desk::drop_removed() {
  for (auto text = texts_.begin(); text != texts_.end();) {
    const auto& [id, lines] = *text;
    if (project_.source_of(id)) {
      ++text;
      continue;
    }
    keep("");
    fs::path kept = backup_ / "removed" / (id + ".cpp");
    write_file(kept, join_lines(lines));
    fmt::print("exercise {} is no longer part of the course: your text is kept in {}\n", id,
               kept.generic_string());
    fs::remove(folder_ / ".base/regions" / id);
    base_.erase(id);
    text = texts_.erase(text);
  }
}

void Desk::tell_changed() {
  for (const auto& [id, lines] : texts_) {
    const Source& source = *project_.source_of(id);
    const Region& region = *source.find(id);
    Lines reference = source.text_of(region);
    if (base_.at(id) == reference) continue;
    if (!is_stub(lines))
      fmt::print(
          "exercise {}: the reference changed since you began; yours is kept as it is.\n"
          "  make solution-{} shows the difference, tutorials/{} is up to date\n",
          id, number_of(region.chapter), region.chapter);
    base_[id] = reference;
    write_file(folder_ / ".base/regions" / id, join_lines(reference));
  }
}

void Desk::write_files() {
  for (auto woven = woven_.begin(); woven != woven_.end();) {
    auto [file, source] = *woven++;
    follow_moved(source);
    const auto& sources = project_.sources();
    auto reference = sources.find(file);
    bool needed = reference != sources.end() &&
                  std::any_of(reference->second.regions.begin(), reference->second.regions.end(),
                              [&](const Region& region) { return texts_.contains(region.id()); });
    if (!needed) remove_unneeded(source);
  }
  for (const auto& [file, source] : project_.sources()) {
    Texts ours;
    for (const Region& region : source.regions)
      if (auto text = texts_.find(region.id()); text != texts_.end()) ours.insert(*text);
    if (ours.empty()) continue;
    ours.merge(blanks_of_later(source));
    auto woven = woven_.find(file);
    keep_foreign_edits(file, woven == woven_.end() ? "" : woven->second.with(read_));
    std::string text = source.with(ours);
    write_file(path(file), text);
    write_file(folder_ / ".base/files" / file, text);
    woven_.insert_or_assign(file, parse_source(path(file), text));
  }
}

// What is taught after the first chapter that the learner has begun in a file, and is not begun.
Texts Desk::blanks_of_later(const Source& source) const {
  std::string first;
  for (const Region& region : source.regions)
    if (started(region) && (first.empty() || region.chapter < first)) first = region.chapter;
  Texts blanks;
  for (const Region& region : source.regions)
    if (!started(region) && region.chapter >= first) blanks[region.id()] = cover_of(source, region);
  return blanks;
}

void Desk::follow_moved(const Source& woven) {
  for (const Region& region : woven.regions) {
    const Source* now = project_.source_of(region.id());
    if (texts_.contains(region.id()) && path(now->path) != woven.path)
      fmt::print("exercise {} moved from {} to {}: your text went with it\n", region.id(),
                 woven.path, path(now->path));
  }
}

void Desk::remove_unneeded(const Source& woven) {
  std::string file = woven.path.substr(folder_.generic_string().size() + 1);
  keep_foreign_edits(file, woven.with(read_));
  fs::remove(path(file));
  fs::remove(folder_ / ".base/files" / file);
  woven_.erase(file);
}

// Before a file is written anew: what the learner changed outside the regions is not lost.
void Desk::keep_foreign_edits(const std::string& file, const std::string& expected) {
  if (!fs::exists(path(file))) return;
  Lines found = split_lines(read_file(path(file))), lines = split_lines(expected);
  if (found == lines) return;
  fmt::print(
      "{}:{}: changed outside your exercises. Those lines follow the reference;\n"
      "  your version of the file is kept as {}\n",
      path(file), first_difference(found, lines), keep(file));
}

// Copies a file of the desk to this run's backup folder; returns where to.
std::string Desk::keep(const std::string& file) {
  if (backup_.empty()) {
    backup_ = folder_ / ".backup" / time_stamp();
    for (int i = 2; fs::exists(backup_); ++i)
      backup_ = folder_ / ".backup" / fmt::format("{}-{}", time_stamp(), i);
  }
  fs::path target = backup_ / file;
  if (!file.empty()) write_file(target, read_file(path(file)));
  return target.generic_string();
}

}  // namespace course
