// Files that are not what their name says: the usual cause is named, wherever a file is opened.
#include "t5/files/file_kind.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "t5/text/lines.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;
namespace fs = std::filesystem;

namespace {

const std::string kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 242043056\n";
const std::string kPage = "\n<!DOCTYPE html>\n<title>Not found</title>\n";
const std::string kZipped("\x1f\x8b\x08\0\0\0\0\0", 8);
const std::string kModel = "tests/fixtures/models/t5";

// The message about a file of this content; `open` reads it.
template <class Open>
void check_each(const std::string& name, const Open& open) {
  TemporaryDirectory directory;
  for (const auto& [content, part] :
       {std::pair(kPointer, "git lfs pull"), std::pair(kPage, "is a web page"),
        std::pair(kZipped, "gzip -d")}) {
    std::string path = directory.file(name, content);
    std::string message = error_of([&] { open(path); });
    INFO(message);
    CHECK(message.starts_with(path + ": is "));
    CHECK(message.find(part) != std::string::npos);
  }
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("a pointer of Git LFS, a web page and an archive are told from the file they replace") {
    check_each("model.safetensors", [](const std::string& path) { SafetensorsFile::open(path); });
    check_each("config.json", [](const std::string& path) { JsonObject::read(path); });
    check_each("spiece.model", [](const std::string& path) { load_tokenizer(path); });
    TemporaryDirectory directory;
    auto lines = [&](const std::string& text) {
      return error_of([&] { read_lines(directory.file("train.tsv", text)); });
    };
    CHECK(lines(kPointer).find("git lfs pull") != std::string::npos);
    CHECK(lines(kZipped).find("packed data") != std::string::npos);  // it is read, and damaged
    CHECK(lines("<html> is a tag\tx\n") == "no error");  // text is about anything
    CHECK(lines("GGUF is a format\tx\n") == "no error");
    CHECK(lines("version https://git-lfs is a line\tx\n") == "no error");
  }

  TEST_CASE("other archives and formats are named; what only resembles them is not") {
    auto refusal = [](std::string_view text) { return error_of([&] { check_kind("f", text); }); };
    CHECK(refusal("BZh91AY&SY..").ends_with("bzip2 -d"));
    CHECK(refusal("\xfd"
                  "7zXZ")
              .ends_with("xz -d"));
    CHECK(refusal("\x28\xb5\x2f\xfd").ends_with("zstd -d"));
    CHECK(refusal("GGUF\3").find("llama.cpp") != std::string::npos);
    CHECK(refusal("\x89HDF").find("Keras") != std::string::npos);
    CHECK(refusal("<HTML>").find("web page") != std::string::npos);
    for (const char* fine : {"", " ", "{}", "PK\3\4", "versions", "<h", "BZh"})
      CHECK_MESSAGE(refusal(fine) == "no error", fine);
  }

  TEST_CASE("an empty JSON file, a zip archive as safetensors, weights of other programs") {
    TemporaryDirectory directory;
    CHECK(error_of([&] {
            JsonObject::read(directory.file("c.json", ""));
          }).ends_with("c.json: the file is empty; copy or download it again"));
    std::string zip = directory.file("z.safetensors", std::string("PK\3\4") + std::string(60, ' '));
    CHECK(error_of([&] { SafetensorsFile::open(zip); }).find("pytorch_model.bin") !=
          std::string::npos);
    fs::copy(kModel + "/config.json", directory / "config.json");
    auto loading = [&] { return error_of([&] { load_model(directory / "."); }); };
    for (const char* name : {"flax_model.msgpack", "tf_model.h5", "model.onnx", "t5.gguf"}) {
      directory.file(name, "x");
      CHECK(loading().ends_with(std::string("; ") + name +
                                " is of another program: load and save it with transformers"));
      fs::remove(directory / name);
    }
    directory.file("model-00001-of-00002.safetensors", "x");
    CHECK(
        loading().ends_with("; model-00001-of-00002.safetensors needs its index: download it too"));
  }

  TEST_CASE("the parent of a model's directory, and a file in its place, are told so") {
    TemporaryDirectory directory;
    fs::create_directories(directory / "cache/snapshots");
    fs::copy(kModel, directory / "cache/snapshots/1a2b");
    for (const char* named : {"cache", "cache/snapshots"})
      CHECK(error_of([&] { load_model(directory / named); }) ==
            (directory / named) + ": holds no config.json, but " +
                (directory / "cache/snapshots/1a2b") + " does; name that");
    std::string file = directory.file("m.tsv", "a\tb\n");
    CHECK(error_of([&] { load_model(file); }) ==
          file + ": is a file; name the directory of a model");
    CHECK(error_of([&] { load_model(directory / "absent"); }).find("absent/config.json") !=
          std::string::npos);
  }
}
