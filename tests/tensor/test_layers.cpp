// The rules of the source tree: which layer may include which, and where each library is used.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

struct Include {
  std::string file, target;
};

// What a line includes, without its quotes or angle brackets; "" for any other line.
std::string included(const std::string& line) {
  size_t start = line.find_first_not_of(" \t");
  if (start == std::string::npos || line[start] != '#') return "";
  if (line.find("include", start) == std::string::npos) return "";
  size_t open = line.find_first_of("<\"", start), close = line.find_first_of(">\"", open + 1);
  return close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
}

// Every #include line of a folder's sources. The test program runs from the repository's root.
std::vector<Include> includes_of(const std::string& folder) {
  std::vector<Include> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);)
      if (std::string target = included(line); !target.empty())
        found.push_back({entry.path().generic_string(), target});
  }
  return found;
}

std::string first_part(const std::string& path) { return path.substr(0, path.find('/')); }

bool is_ours(const std::string& target) {
  const std::set<std::string> layers{"tensor", "autograd", "nn", "t5"};
  return layers.contains(first_part(target));
}

// The files of the library that include something whose name begins so.
std::set<std::string> users_of(const std::string& beginning) {
  std::set<std::string> files;
  for (const char* folder : {"tensor", "autograd", "nn", "t5"})
    for (const Include& include : includes_of(folder))
      if (include.target.starts_with(beginning)) files.insert(include.file);
  return files;
}

using Files = std::set<std::string>;

}  // namespace

TEST_SUITE("the-tree") {
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
        if (is_ours(include.target)) CHECK(std::filesystem::exists(include.target));
        CHECK(include.target.find("..") == std::string::npos);
      }
  }

  TEST_CASE(
      "the tree: files know nothing of texts, texts nothing of models, errors nothing at all") {
    const std::map<std::string, std::set<std::string>> allowed{
        {"tensor/error", {"tensor/error.h"}},
        {"tests/support.h", {"tensor/"}},
        {"t5/files/", {"tensor/", "t5/files/"}},
        {"t5/text/", {"tensor/", "t5/files/", "t5/text/"}}};
    for (const auto& [users, targets] : allowed)
      for (const Include& include : includes_of(users.substr(0, users.rfind('/')))) {
        if (!include.file.starts_with(users) || !is_ours(include.target)) continue;
        INFO(include.file, " includes ", include.target);
        CHECK(std::any_of(targets.begin(), targets.end(), [&](const std::string& beginning) {
          return include.target.starts_with(beginning);
        }));
      }
  }

  TEST_CASE("the tree: one file speaks to BLAS, one header to OpenMP, one file to SentencePiece") {
    CHECK(users_of("cblas") == Files{"tensor/ops/blas.cpp"});
    CHECK(users_of("omp.h") == Files{});
    CHECK(users_of("thread") == Files{"tensor/parallel.cpp"});
    CHECK(users_of("sentencepiece") == Files{"t5/text/sentencepiece_trainer.cpp"});
  }

  TEST_CASE("the tree: the JSON library and the command line's stay in t5/") {
    for (const char* library : {"nlohmann/", "CLI/"})
      for (const std::string& file : users_of(library)) CHECK(first_part(file) == "t5");
    for (const char* library : {"torch/", "benchmark/", "doctest/"})
      CHECK(users_of(library).empty());
  }
}
