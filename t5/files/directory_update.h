// Writing the files of a directory as one thing, by one process at a time.
//
// What belongs together (a model's config, weights and tokenizer) is replaced together or not at
// all. The new files are written into DIRECTORY/.t5-writing, each flushed to the disk; one rename
// makes that DIRECTORY/.t5-new: from then on the new set is the one that counts. Then each file is
// renamed into its place, and the files of the old set that the new one lacks are removed:
//
//   killed before the rename    the old set; the next writer removes .t5-writing
//   killed after it             the new set; whoever comes next, reader or writer, moves the rest
//
// A directory at rest holds ordinary files and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace t5 {

// A lock on the directory itself: it leaves no file behind, and the system releases it when its
// holder ends, however that was. Where the file system has no locks nobody is kept out.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory);  // takes nothing yet
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  bool take() const;  // false when another holds it, in this process or any other; does not wait
  void sync() const;  // flushes the directory's list of names

 private:
  int descriptor_;
};

// What is to become of a file that is there already and would change. One that holds the same bytes
// as the new one stays as it is: repeating a command is never refused.
enum class Existing { kRefuse, kReplace };

// Throws when the directory has something of that name, with the remedy --overwrite.
void check_absent(const std::string& directory, const std::string& name);

class DirectoryUpdate {
 public:
  // Makes the directory when missing, locks it for as long as this lives, and tidies up after
  // writers that were killed: their temporary files (NAME.tmp-PID), their unfinished set, their
  // finished one. Throws Error when another process writes there.
  explicit DirectoryUpdate(std::string directory, Existing existing = Existing::kReplace);
  ~DirectoryUpdate();  // without a commit nothing has changed
  DirectoryUpdate(const DirectoryUpdate&) = delete;
  DirectoryUpdate& operator=(const DirectoryUpdate&) = delete;

  const std::string& directory() const { return directory_; }

  const std::string& folder();  // where the new files are written, under their names
  // One of them. Throws Error when it changes a file that must not: write the small ones first.
  void write(const std::string& name, std::string_view text);
  // Files of the old set: those that the new one lacks are removed.
  void displace(const std::vector<std::string>& names);

  // Makes the files in folder() the directory's; what is written afterwards is another set. Throws
  // Error, and changes nothing, when a file would change that must not.
  void commit();

 private:
  bool check_change(const std::string& name) const;
  void drop_equal_files();
  void mark_displaced();

  std::string directory_, folder_;
  Existing existing_;
  bool is_made_;  // the directory, by us, and there is nothing in it yet
  DirectoryLock lock_;
  std::vector<std::string> displaced_;
};

// For readers: when a writer was killed while its files were moved into place, moves the rest;
// waits a moment for one that lives. Throws Error when that cannot be done.
void finish_update(const std::string& directory);

// Removes the temporary files (NAME.tmp-PID) of writers that are gone.
void remove_leftovers(const std::string& directory);

}  // namespace t5
