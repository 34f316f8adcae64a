// Records and their fields; see zip.h. Numbers are those of PKWARE's APPNOTE.TXT, section 4.3.
#include "t5/files/pytorch/zip.h"

#include <cstring>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr uint32_t kMember = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr size_t kMemberSize = 30, kDirectoryEntrySize = 46, kEndSize = 22;
constexpr size_t kEnd64LocatorSize = 20;
constexpr uint16_t kZip64Field = 1;
constexpr uint32_t kIn64 = 0xffffffff;  // stands for a number that is in the zip64 field

// The bytes of the file, read with checked bounds.
class Reader {
 public:
  explicit Reader(const MappedFile& file) : file_(file) {}

  uint64_t size() const { return file_.size(); }

  std::span<const std::byte> bytes(uint64_t at, uint64_t size) const {
    check(at <= file_.size() && size <= file_.size() - at,
          "{}: damaged zip archive: {} bytes at {} end after the file ({} bytes); the file may be "
          "cut short",
          file_.path(), size, at, file_.size());
    return file_.bytes().subspan(at, size);
  }
  template <class T>
  T number(uint64_t at) const {
    T value;
    std::memcpy(&value, bytes(at, sizeof value).data(), sizeof value);
    return value;
  }
  std::string text(uint64_t at, uint64_t size) const {
    return {reinterpret_cast<const char*>(bytes(at, size).data()), static_cast<size_t>(size)};
  }
  template <class... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) fail("{}: {}", file_.path(), fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  const MappedFile& file_;
};

struct Directory {
  uint64_t members, offset;
};

// The end record is the last of the file, but for a comment of up to 65,535 bytes.
Directory find_directory(const Reader& in) {
  uint64_t last = in.size() < kEndSize ? 0 : in.size() - kEndSize, end = last;
  auto is_end = [&](uint64_t at) {
    return in.number<uint32_t>(at) == kEnd &&
           at + kEndSize + in.number<uint16_t>(at + 20) == in.size();
  };
  in.require(in.size() >= kEndSize, "not a zip archive: {} bytes are too few", in.size());
  while (!is_end(end)) {
    in.require(end > 0 && last - end < 65535,
               "not a whole zip archive: its end record is missing; the file may be cut short");
    --end;
  }
  bool is64 =
      end >= kEnd64LocatorSize && in.number<uint32_t>(end - kEnd64LocatorSize) == kEnd64Locator;
  if (!is64) return {in.number<uint16_t>(end + 10), in.number<uint32_t>(end + 16)};
  auto end64 = in.number<uint64_t>(end - kEnd64LocatorSize + 8);
  in.require(in.number<uint32_t>(end64) == kEnd64, "damaged zip archive: no end record at {}",
             end64);
  return {in.number<uint64_t>(end64 + 32), in.number<uint64_t>(end64 + 48)};
}

struct Member {
  std::string name;
  uint64_t size, stored_size, offset;
  uint64_t entry_size;  // of the directory's entry, names and extra fields included
};

// Replaces the numbers that the zip64 field holds, in the order in which it holds them.
void read_zip64(const Reader& in, uint64_t at, uint64_t size, Member& member) {
  for (uint64_t end = at + size; at + 4 <= end;) {
    auto id = in.number<uint16_t>(at), length = in.number<uint16_t>(at + 2);
    at += 4;
    uint64_t field = at, field_end = at + length;
    for (uint64_t* value : {&member.size, &member.stored_size, &member.offset})
      if (id == kZip64Field && *value == kIn64 && field + 8 <= field_end) {
        *value = in.number<uint64_t>(field);
        field += 8;
      }
    at = field_end;
  }
}

Member read_directory_entry(const Reader& in, uint64_t at) {
  in.require(in.number<uint32_t>(at) == kDirectoryEntry,
             "damaged zip archive: no directory entry at {}", at);
  auto name_size = in.number<uint16_t>(at + 28), extra_size = in.number<uint16_t>(at + 30);
  Member member{in.text(at + kDirectoryEntrySize, name_size), in.number<uint32_t>(at + 24),
                in.number<uint32_t>(at + 20), in.number<uint32_t>(at + 42),
                kDirectoryEntrySize + name_size + extra_size + in.number<uint16_t>(at + 32)};
  read_zip64(in, at + kDirectoryEntrySize + name_size, extra_size, member);
  in.require((in.number<uint16_t>(at + 8) & 1) == 0, "{}: encrypted; decrypt the archive first",
             member.name);
  in.require(in.number<uint16_t>(at + 10) == 0 && member.size == member.stored_size,
             "{}: compressed; save it with torch.save, which compresses nothing", member.name);
  return member;
}

// The member's bytes follow its own record, whose extra field differs from the directory's.
std::span<const std::byte> bytes_of(const Reader& in, const Member& member) {
  uint64_t at = member.offset;
  in.require(in.number<uint32_t>(at) == kMember, "damaged zip archive: {} is not at {}",
             member.name, at);
  uint64_t skip = kMemberSize + in.number<uint16_t>(at + 26) + in.number<uint16_t>(at + 28);
  return in.bytes(at + skip, member.size);
}

}  // namespace

std::map<std::string, std::span<const std::byte>> read_zip(const MappedFile& file) {
  Reader in(file);
  auto [members, at] = find_directory(in);
  std::map<std::string, std::span<const std::byte>> found;
  for (uint64_t i = 0; i < members; ++i) {
    Member member = read_directory_entry(in, at);
    at += member.entry_size;
    bool is_new = found.emplace(member.name, bytes_of(in, member)).second;
    in.require(is_new, "damaged zip archive: two members are called {}", member.name);
  }
  return found;
}

}  // namespace t5
