// Mapping, unpacking and the places of the lines; see line_file.h.
#include "t5/text/line_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "t5/files/unpacking.h"
#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr std::string_view kMark = "t5 lines";  // before the places in a kept file

// Calls `use` with up to `room` bytes at a time until there are no more, or until it says so.
void for_each_block(UnpackingBuffer& in, size_t room,
                    const std::function<bool(std::string_view)>& use) {
  std::vector<char> block(room);
  while (auto size = in.sgetn(block.data(), std::ssize(block)))
    if (!use({block.data(), static_cast<size_t>(size)})) return;
}

bool is_regular(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

// Calls `use` with where each line of the text begins, in order, and at last with where it ends.
// Throws for a line that is not text.
void for_each_begin(std::string_view text, const std::string& name,
                    const std::function<void(uint64_t)>& use) {
  LineCheck check_line(name);
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    std::string_view kept = check_line(line, end == text.size());
    use(static_cast<uint64_t>(kept.data() - text.data()));
    begin = end + 1;
  }
  use(text.size());
}

bool holds_places(const MappedFile& file, size_t text_size) {
  if (!file.text().starts_with(kMark) || file.size() % sizeof(uint64_t) != 0) return false;
  uint64_t end = 0;
  std::memcpy(&end, file.data() + file.size() - sizeof end, sizeof end);
  return end == text_size;
}

}  // namespace

bool is_worth_keeping(const std::vector<std::string>& files, const Cache& cache) {
  std::uintmax_t bytes = 0;
  for (const std::string& file : files) {
    std::error_code error;
    if (!is_regular(file)) return false;
    bytes += std::filesystem::file_size(file, error);
  }
  return !files.empty() && (cache.is_named() || bytes > kLargeFile);
}

LineFile::LineFile(std::string path, const Cache& cache) : path_(std::move(path)) {
  read_all(cache);
  index(cache);
}

// The text: mapped where it is a file that is not packed, else held in memory up to a size, else
// unpacked into the cache.
void LineFile::read_all(const Cache& cache) {
  std::error_code error;
  bool is_file = is_regular(path_);
  if (is_file && std::filesystem::file_size(path_, error) == 0) return;
  if (is_file) {
    text_map_ = MappedFile::map(path_);
    text_ = text_map_->text();
    if (!is_packed(text_)) return;
  }
  UnpackingBuffer in(path_);
  bool keeps = is_file && cache.is_named();
  if (!keeps)
    for_each_block(in, size_t{1} << 20, [&](std::string_view block) {
      held_.append(block);
      keeps = is_file && held_.size() > kLargeFile;
      return !keeps;
    });
  text_ = held_;
  text_map_ = nullptr;
  if (!keeps) return;
  held_ = {};
  text_map_ = cache.get(
      path_, "text", "unpacked", [](const MappedFile&) { return true; },
      [&](AtomicFile& out) {
        UnpackingBuffer again(path_);
        bool has_text = false;
        for_each_block(again, size_t{1} << 20, [&](std::string_view block) {
          out.write(block);
          return has_text = true;
        });
        check(has_text, "{}: what it packs is empty", path_);
      });
  text_ = text_map_->text();
}

void LineFile::index(const Cache& cache) {
  bool keeps = text_map_ && (text_.size() > kLargeFile || cache.is_named()) && cache.can_write();
  if (!keeps) {
    for_each_begin(text_, path_, [&](uint64_t begin) { held_begins_.push_back(begin); });
    begins_ = held_begins_;
    return;
  }
  begins_map_ = cache.get(
      path_, "lines", "its lines are counted",
      [&](const MappedFile& file) { return holds_places(file, text_.size()); },
      [&](AtomicFile& out) {
        constexpr size_t kTogether = size_t{1} << 16;
        out.write(kMark);
        std::vector<uint64_t> begins;
        auto flush = [&] {
          out.write(begins.data(), begins.size() * sizeof(uint64_t));
          begins.clear();
        };
        for_each_begin(text_, path_, [&](uint64_t begin) {
          begins.push_back(begin);
          if (begins.size() == kTogether) flush();
        });
        flush();
      });
  begins_ = {reinterpret_cast<const uint64_t*>(begins_map_->data()) + 1,
             begins_map_->size() / sizeof(uint64_t) - 1};
}

std::string_view LineFile::line(int64_t index) const {
  require(index >= 0 && index < size(), "{}: line {} of {}", path_, index, size());
  uint64_t begin = begins_[index], next = begins_[index + 1];
  std::string_view line = text_.substr(begin, next - begin);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string LineFile::place(int64_t index) const { return fmt::format("{}:{}", path_, index + 1); }

}  // namespace t5
