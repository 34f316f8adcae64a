#include "t5/files/file_kind.h"

#include <algorithm>
#include <cctype>

#include "tensor/error.h"

namespace t5 {
namespace {

struct Kind {
  std::string_view beginning;
  const char* what;
};
constexpr const char* kDownload = "is a web page, not the file itself; download it again";
constexpr Kind kKinds[] = {
    {"version https://git-lfs.github.com/",
     "is a pointer of Git LFS, not the file itself; run git lfs pull where it was cloned"},
    {"<!doctype html", kDownload},
    {"<html", kDownload},
    {"\x1f\x8b", "is compressed; unpack it with gzip -d"},
    {"BZh91AY&SY", "is compressed; unpack it with bzip2 -d"},
    {"\xfd"
     "7zXZ",
     "is compressed; unpack it with xz -d"},
    {"\x28\xb5\x2f\xfd", "is compressed; unpack it with zstd -d"},
    {"GGUF\3", "is of llama.cpp (GGUF), which is not read here; take model.safetensors"},
    {"\x89HDF", "is of Keras (HDF5), which is not read here; take model.safetensors"}};

}  // namespace

void check_kind(const std::string& path, std::string_view beginning) {
  beginning.remove_prefix(std::min(beginning.find_first_not_of(" \r\n\t"), beginning.size()));
  for (const Kind& kind : kKinds) {
    bool same = beginning.size() >= kind.beginning.size() &&
                std::equal(kind.beginning.begin(), kind.beginning.end(), beginning.begin(),
                           [](char a, char b) {
                             return a == b || a == std::tolower(static_cast<unsigned char>(b));
                           });
    check(!same, "{}: {}", path, kind.what);
  }
}

}  // namespace t5
