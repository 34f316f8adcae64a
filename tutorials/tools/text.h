// What every part of the course's program needs: files as lines, and one kind of error.
//
// The program stands on the standard library and fmt alone: it builds and tests the learner's
// library, so it must not be linked with it.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace course {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// Something that the reader or the author has to put right, in one line.
struct Problem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> message, Args&&... args) {
  throw Problem(fmt::format(message, std::forward<Args>(args)...));
}

std::string read_file(const fs::path& path);

// Makes the folders on the way. A file that already holds the text is not touched, so that make
// rebuilds nothing for it.
void write_file(const fs::path& path, const std::string& text);

// Line ends of either kind are dropped; join_lines ends every line with "\n".
Lines split_lines(std::string_view text);
std::string join_lines(const Lines& lines);

std::string trim(std::string_view text);
size_t indent_of(const std::string& line);  // blanks at its beginning
bool is_blank(const std::string& line);

// Without the indentation that all lines share.
Lines dedent(Lines lines);

// "a, b and c"
std::string listed(const std::vector<std::string>& items);

// "1 test", "2 tests"
std::string counted(size_t count, const std::string& noun);

// Every file below a folder, sorted, as paths that begin with the folder; hidden ones are left out.
std::vector<std::string> files_below(const fs::path& folder);

}  // namespace course
