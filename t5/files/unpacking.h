// Reading a file that gzip or zstd may have packed. Its first bytes say so, not its name.
//
// A file of several packed parts, one after the other, is read as all of them (cat a.gz b.gz). One
// that is cut short or damaged throws Error when the reader gets there.
#pragma once

#include <cstddef>
#include <fstream>
#include <memory>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace t5 {

// Whether a file that begins so is packed, in a form that is read here.
bool is_packed(std::string_view beginning);

// The name without .gz or .zst: what is in the file is called so.
std::string unpacked_name(const std::string& path);

// One packed form: takes bytes, gives what they hold.
class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Unpacks the beginning of `packed`, which it shortens, into `plain`; returns how many bytes it
  // wrote. Throws std::runtime_error that says what is damaged.
  virtual size_t unpack(std::string_view& packed, char* plain, size_t room) = 0;
  virtual bool at_end() const = 0;  // between two parts: nothing is missing
};

class UnpackingBuffer : public std::streambuf {
 public:
  // Opens the file. Throws Error when it is missing, unreadable or a directory.
  explicit UnpackingBuffer(std::string path);

 protected:
  int_type underflow() override;

 private:
  void read();  // the next block of the file; nothing at its end

  std::string path_;
  std::filebuf file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::vector<char> packed_, plain_;
  std::string_view rest_;  // of packed_
};

}  // namespace t5
