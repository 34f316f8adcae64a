// Updates of directories: what is replaced, refused and removed, and what a killed writer leaves.
#include "t5/files/directory_update.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "t5/files/atomic_file.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

namespace fs = std::filesystem;
using doctest::Contains;
using Files = std::map<std::string, std::string>;

Files files_in(const std::string& directory) {
  Files files;
  for (const auto& entry : fs::directory_iterator(directory))
    files[entry.path().filename().string()] =
        entry.is_regular_file() ? read_file(entry.path().string()) : "no file";
  return files;
}

void write_all(const std::string& directory, const Files& files) {
  fs::create_directories(directory);
  for (const auto& [name, text] : files) write_file(directory + "/" + name, text);
}

const Files kOld = {{"a", "old a"}, {"b", "old b"}, {"c", "old c"}, {"notes", "mine"}};
const Files kNew = {{"a", "new a"}, {"b", "new b"}, {"d", "new d"}, {"notes", "mine"}};

void write_new_set(DirectoryUpdate& update) {
  for (const char* name : {"a", "b", "d"}) update.write(name, kNew.at(name));
  update.displace({"a", "c", "never there"});
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("an update changes nothing before it is committed, and everything then") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    write_all(d, kOld);
    { DirectoryUpdate nothing(d); }
    {
      DirectoryUpdate update(d);
      write_new_set(update);
      Files seen = files_in(d);
      CHECK(seen.erase(".t5-writing") == 1);
      CHECK(seen == kOld);
    }
    CHECK(files_in(d) == kOld);
    DirectoryUpdate update(d);
    write_new_set(update);
    update.commit();
    CHECK(files_in(d) == kNew);
    update.write("a", "newer");  // another set
    update.commit();
    CHECK(read_file(d + "/a") == "newer");
    CHECK(read_file(d + "/d") == "new d");
  }

  TEST_CASE("an update that may not replace refuses a change, and takes what is the same") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    write_all(d, kOld);
    auto error_of = [&](auto change) {
      try {
        DirectoryUpdate update(d, Existing::kRefuse);
        change(update);
        update.commit();
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string("no error");
    };
    auto write_large = [](DirectoryUpdate& update) { write_file(update.folder() + "/b", "x"); };
    for (std::string error :
         {error_of([](auto& update) { update.write("b", "old B"); }), error_of(write_large),
          error_of([](auto& update) { update.displace({"b"}); })}) {
      CHECK(error == d + ": already holds b, which would be replaced; choose another --output, or "
                         "add --overwrite");
      CHECK(files_in(d) == kOld);
    }
    CHECK(error_of([](auto& update) {
            update.write("b", "old b"), update.displace({"b", "e"});
          }) == "no error");
    CHECK(files_in(d) == kOld);
    CHECK(error_of([](auto& update) { update.write("e", "new"); }) == "no error");
    CHECK(read_file(d + "/e") == "new");
  }

  TEST_CASE("a set that a killed writer had not finished is gone; one it had finished is moved") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    for (bool reads : {false, true}) {
      // Killed before the first move, between any two, and after the last.
      for (int moved = 0; moved <= 4; ++moved) {
        fs::remove_all(d);
        write_all(d, kOld);
        write_all(d + "/.t5-new", {{"a", "new a"}, {"b", "new b"}, {"c.gone", ""}, {"d", "new d"}});
        write_all(d + "/.t5-writing", {{"a", "half"}});
        int step = 0;
        for (const char* name : {"a", "b", "c", "d"}) {
          if (step++ == moved) break;
          if (*name == 'c')
            fs::remove(d + "/c"), fs::remove(d + "/.t5-new/c.gone");
          else
            fs::rename(d + "/.t5-new/" + name, d + "/" + name);
        }
        if (reads) finish_update(d);
        if (reads) CHECK(fs::remove_all(d + "/.t5-writing") == 2);  // which a reader leaves alone
        if (!reads) DirectoryUpdate next(d);
        CHECK(files_in(d) == kNew);
      }
    }
  }

  TEST_CASE("a set from elsewhere moves nothing from outside the directory") {
    TemporaryDirectory folder;
    std::string d = folder / "d", outside = folder / "outside";
    write_all(d, kOld);
    write_all(outside, {{"a", "outside"}});
    fs::create_directory_symlink(outside, d + "/.t5-new");
    finish_update(d);
    { DirectoryUpdate update(d); }
    CHECK(read_file(d + "/a") == "old a");
    CHECK(read_file(outside + "/a") == "outside");
  }

  TEST_CASE("one writer at a time: another is told at once, readers are not kept out") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    {
      DirectoryUpdate update(d);
      CHECK_THROWS_WITH_AS(DirectoryUpdate second(d),
                           (d + ": another process is writing here; wait for its end, or choose "
                                "another --output")
                               .c_str(),
                           Error);
      CHECK_NOTHROW(finish_update(d));
      CHECK(fs::exists(d));
    }
    CHECK_NOTHROW(DirectoryUpdate next(d));
  }

  TEST_CASE("a lock goes with its holder, however that ends") {
    TemporaryDirectory folder;
    pid_t child = ::fork();
    if (child == 0) {
      DirectoryLock lock(folder / "");
      ::raise(lock.take() ? SIGKILL : SIGTERM);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WTERMSIG(status) == SIGKILL);
    CHECK(DirectoryLock(folder / "").take());
    CHECK(folder.entries() == 0);
  }

  TEST_CASE("a reader waits for a writer that is moving its files") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    write_all(d, kOld);
    write_all(d + "/.t5-new", {{"a", "new a"}});
    pid_t child = ::fork();
    if (child == 0) {
      DirectoryLock lock(d);
      if (!lock.take()) ::_exit(1);
      fs::create_directory(d + "/.held");
      ::usleep(200'000);
      fs::rename(d + "/.t5-new/a", d + "/a");
      fs::remove(d + "/.t5-new");
      ::_exit(0);
    }
    while (!fs::exists(d + "/.held")) ::usleep(1000);
    finish_update(d);
    CHECK(read_file(d + "/a") == "new a");
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }

  TEST_CASE("a directory made for nothing is removed; what stands in the way is named") {
    TemporaryDirectory folder;
    std::string d = folder / "d";
    { DirectoryUpdate nothing(d); }
    CHECK_FALSE(fs::exists(d));
    fs::create_directories(d + "/a");
    {
      DirectoryUpdate update(d);
      CHECK_THROWS_WITH_AS(update.write("a", "text"), Contains((d + "/a: is a directory").c_str()),
                           Error);
    }
    CHECK(fs::is_directory(d + "/a"));
    fs::create_symlink(folder / "nowhere", folder / "link");
    std::string file = folder.file("file", "text");
    for (const std::string& wrong : {file, file + "/d", folder / "link", std::string("/proc/d")})
      CHECK_THROWS_WITH_AS(DirectoryUpdate update(wrong), Contains(wrong.c_str()), Error);
    CHECK(read_file(file) == "text");
  }

  TEST_CASE("where nothing may be written, a writer says so at once, and a reader of a half set") {
    TemporaryDirectory folder;
    std::string d = folder / "d", half = folder / "half";
    write_all(d, kOld);
    write_all(half + "/.t5-new", {{"a", "new a"}});
    for (const std::string& locked : {d, half})
      fs::permissions(locked, fs::perms(0555)), fs::permissions(folder / "", fs::perms(0755));
    pid_t child = ::fork();
    if (child == 0) {
      if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(1);  // root may write everywhere
      auto error_of = [](auto action) {
        try {
          action();
        } catch (const Error& error) {
          return std::string(error.what());
        }
        return std::string();
      };
      std::string writer = error_of([&] { DirectoryUpdate update(d); }),
                  reader = error_of([&] { finish_update(half); });
      bool said = writer.find(": cannot write here: Permission denied;") != writer.npos &&
                  reader.ends_with("cannot be moved to its place: Permission denied");
      ::_exit(said ? 0 : 2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    fs::permissions(half, fs::perms(0755));
    CHECK(files_in(d) == kOld);
  }

  TEST_CASE("a file that takes another's place has its permissions; a link is replaced itself") {
    TemporaryDirectory folder;
    std::string d = folder / "d", target = folder.file("target", "theirs");
    write_all(d, kOld);
    fs::permissions(d + "/a", fs::perms::owner_read | fs::perms::owner_write);
    fs::remove(d + "/b");
    fs::create_symlink(target, d + "/b");
    DirectoryUpdate update(d);
    write_new_set(update);
    update.commit();
    CHECK(files_in(d) == kNew);
    CHECK(fs::status(d + "/a").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK_FALSE(fs::is_symlink(d + "/b"));
    CHECK(read_file(target) == "theirs");
  }
}

}  // namespace t5
