// Records and their fields; see zip.h. Numbers are those of PKWARE's APPNOTE.TXT, section 4.3.
#include "t5/files/pytorch/zip.h"

#include <array>
#include <cstring>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr uint32_t kMember = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr size_t kMemberSize = 30, kDirectoryEntrySize = 46, kEndSize = 22;
constexpr size_t kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr uint16_t kZip64Field = 1, kPaddingField = 0x4246;  // the padding is named as PyTorch's
constexpr uint32_t kIn64 = 0xffffffff;  // stands for a number that is in the zip64 field
constexpr uint64_t kAlignment = 64;

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

// CRC-32 (ISO 3309), a byte at a time: remainder' = table[lowest byte] ^ remainder >> 8.
uint32_t checksum(std::span<const std::byte> bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> remainders;
    for (uint32_t i = 0; i < 256; ++i) {
      remainders[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        remainders[i] = remainders[i] >> 1 ^ (remainders[i] & 1 ? 0xedb88320 : 0);
    }
    return remainders;
  }();
  uint32_t remainder = 0xffffffff;
  for (std::byte byte : bytes)
    remainder = table[(remainder ^ static_cast<uint32_t>(byte)) & 0xff] ^ remainder >> 8;
  return ~remainder;
}

// Appends numbers as they lie in memory, each in the width of its type.
template <class... Numbers>
void append(std::string& text, Numbers... numbers) {
  (text.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
}

// What a member's record and its directory entry have in common: from the version needed to read
// it (4.5: zip64) to the length of its name. Sizes stand in the zip64 field, always: one form.
void append_facts(std::string& text, uint32_t crc, const std::string& name, size_t extra_size) {
  append(text, uint16_t{45}, uint16_t{0x800});             // names are UTF-8
  append(text, uint16_t{0}, uint16_t{0}, uint16_t{0x21});  // stored; on 1 January 1980
  append(text, crc, kIn64, kIn64, static_cast<uint16_t>(name.size()),
         static_cast<uint16_t>(extra_size));
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

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  uint32_t crc = checksum(bytes);
  uint64_t size = bytes.size(), begin = offset_;
  // 20 bytes of zip64 field, 4 of the padding's header.
  uint64_t unpadded = begin + kMemberSize + name.size() + 24;
  auto padding = static_cast<uint16_t>((kAlignment - unpadded % kAlignment) % kAlignment);

  std::string record;
  append(record, kMember);
  append_facts(record, crc, name, 24 + padding);
  record += name;
  append(record, kZip64Field, uint16_t{16}, size, size, kPaddingField, padding);
  record.append(padding, 'Z');
  write(record);
  file_.write(bytes.data(), bytes.size());
  offset_ += size;

  append(directory_, kDirectoryEntry, uint16_t{45});
  append_facts(directory_, crc, name, 28);
  append(directory_, uint16_t{0}, uint16_t{0}, uint16_t{0}, uint32_t{0}, kIn64);
  directory_ += name;
  append(directory_, kZip64Field, uint16_t{24}, size, size, begin);
  ++members_;
}

void ZipWriter::commit() {
  uint64_t begin = offset_, size = directory_.size();
  write(directory_);
  std::string end;
  append(end, kEnd64, uint64_t{kEnd64Size - 12}, uint16_t{45}, uint16_t{45}, uint32_t{0},
         uint32_t{0}, members_, members_, size, begin);
  append(end, kEnd64Locator, uint32_t{0}, offset_, uint32_t{1});
  append(end, kEnd, uint16_t{0}, uint16_t{0}, uint16_t{0xffff}, uint16_t{0xffff}, kIn64, kIn64,
         uint16_t{0});
  write(end);
  file_.commit();
}

}  // namespace t5
