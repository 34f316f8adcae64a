// The rules of the source tree: which layer may include which, and where each library is used.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

struct Include {
  std::string file, target;
};

// Every #include line of a folder's sources. The test program runs from the repository's root.
std::vector<Include> includes_of(const std::string& folder) {
  const std::regex line_pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream file(entry.path());
    std::smatch match;
    for (std::string line; std::getline(file, line);)
      if (std::regex_search(line, match, line_pattern))
        found.push_back({entry.path().generic_string(), match[1]});
  }
  return found;
}

std::string first_part(const std::string& path) { return path.substr(0, path.find('/')); }

// The files of the library whose includes match the pattern.
std::set<std::string> users_of(const std::string& pattern) {
  std::set<std::string> files;
  for (const char* folder : {"tensor", "autograd", "nn", "t5"})
    for (const Include& include : includes_of(folder))
      if (std::regex_search(include.target, std::regex(pattern))) files.insert(include.file);
  return files;
}

using Files = std::set<std::string>;

}  // namespace

TEST_SUITE("01-tensors") {
  TEST_CASE("the tree: each layer includes itself and the layers below it, nothing above") {
    const std::map<std::string, int> height{{"tensor", 0}, {"autograd", 1},  {"nn", 2},
                                            {"t5", 3},     {"tutorials", 4}, {"tests", 4}};
    for (const char* layer : {"tensor", "autograd", "nn", "t5"}) {
      std::vector<Include> includes = includes_of(layer);
      CHECK(includes.size() > 10);
      for (const Include& include : includes) {
        INFO(include.file, " includes ", include.target);
        auto target = height.find(first_part(include.target));
        if (target != height.end()) CHECK(target->second <= height.at(layer));
      }
    }
  }

  TEST_CASE("the tree: our own headers are named from the root, and exist") {
    for (const char* layer : {"tensor", "autograd", "nn", "t5"})
      for (const Include& include : includes_of(layer)) {
        INFO(include.file, " includes ", include.target);
        if (include.target.find(".h") == std::string::npos) continue;
        std::string part = first_part(include.target);
        bool ours = part == "tensor" || part == "autograd" || part == "nn" || part == "t5";
        if (ours) CHECK(std::filesystem::exists(include.target));
        CHECK(include.target.find("..") == std::string::npos);
      }
  }

  TEST_CASE("the tree: one file speaks to BLAS, one header to OpenMP, one file to SentencePiece") {
    CHECK(users_of("^cblas") == Files{"tensor/ops/blas.cpp"});
    CHECK(users_of("^omp\\.h$") == Files{"tensor/parallel.h"});
    CHECK(users_of("^sentencepiece") == Files{"t5/text/sentencepiece_tokenizer.cpp"});
  }

  TEST_CASE("the tree: the JSON library and the command line's stay in t5/") {
    for (const std::string& file : users_of("^(nlohmann|CLI)/")) CHECK(first_part(file) == "t5");
    CHECK(users_of("^(torch|ATen|benchmark|doctest|gtest)/").empty());
  }
}
