// Damaged files of every kind that a model directory holds. Each must load or throw Error with one
// line, soon and without much memory; what loads must be usable.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/pytorch/pytorch_file.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tensor/random.h"
#include "tests/support.h"
#include "tests/t5/files/pytorch/torch_file.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

constexpr int kPerFile = 120;
constexpr double kMostSeconds = 1;          // for one file; the usual is a millisecond
constexpr int64_t kMostMemory = 400 << 20;  // bytes that the whole corpus may add to the peak

// Texts that matter to one format or another: numbers at the edges, pieces of JSON, operations of
// the pickle machine, signatures of zip records.
const std::vector<std::string> kTokens = {"-1",
                                          "0",
                                          "4294967295",
                                          "18446744073709551615",
                                          "9223372036854775807",
                                          "1e308",
                                          "null",
                                          "true",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          ",",
                                          "\"",
                                          "[[[[[[[[",
                                          "\xff",
                                          "\\u0000",
                                          "\n",
                                          "../",
                                          "/dev/zero",
                                          "0.5",
                                          std::string(8, '\xff'),
                                          std::string(8, '\0'),
                                          std::string("\xff\xff\xff\x7f"),
                                          "PK\3\4",
                                          "PK\5\6",
                                          "(",
                                          "t",
                                          "R",
                                          "h\1",
                                          "q\1",
                                          "u",
                                          "s",
                                          "b",
                                          "Q",
                                          ".",
                                          "}",
                                          ")",
                                          "\x85",
                                          "\x86",
                                          "\x8a\x08",
                                          "cos\nsystem\n",
                                          "X\xff\xff\xff\xff",
                                          "J\xff\xff\xff\x7f",
                                          "\x80\4"};

// One or two random defects. Half of them in the first kilobyte, where headers and pickles are,
// or in the last, where the directory of an archive is.
std::string mutated(std::string bytes, Random& random) {
  for (int64_t k = random.below(2); k >= 0 && !bytes.empty(); --k) {
    auto size = static_cast<int64_t>(bytes.size()), near = std::min<int64_t>(size, 1000);
    int64_t at = random.below(2) == 0 ? random.below(size) : random.below(near);
    if (random.below(4) == 0) at = size - 1 - random.below(near);
    const std::string& token = kTokens[random.below(static_cast<int64_t>(kTokens.size()))];
    switch (random.below(7)) {
      case 0:
      case 1:
        bytes[at] = static_cast<char>(random.bits());
        break;
      case 2:
        bytes.insert(at, token);
        break;
      case 3:
        bytes.erase(at, 1 + random.below(16));
        break;
      case 4:
      case 5:
        bytes.replace(at, token.size(), token);
        break;
      default:
        random.below(4) == 0 ? bytes.resize(at) : (void)bytes.append(token);
    }
  }
  return bytes;
}

int64_t peak_memory() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return usage.ru_maxrss;
#else
  return usage.ru_maxrss * 1024;
#endif
}

// Loads what the directory holds and uses it a little; throws Error when it is refused.
void use(const std::string& directory) {
  auto model = load_model(directory);
  generate(*model, {{5, 1}}, {.max_new_tokens = 2});
  auto tokenizer = load_tokenizer(directory);
  tokenizer->decode(tokenizer->encode("the old ﬁne ½ <extra_id_0>house ① é"));
}

struct Outcome {
  int loaded = 0, refused = 0;
};

// Damages one file of the directory again and again, and puts the whole one back.
Outcome damage(const std::string& directory, const std::string& name, uint64_t seed) {
  std::string path = directory + "/" + name, whole = read_file(path);
  Random random(seed);
  Outcome outcome;
  for (int i = 0; i < kPerFile; ++i) {
    INFO(name, ", number ", i);
    std::ofstream(path, std::ios::binary) << mutated(whole, random);
    auto begin = std::chrono::steady_clock::now();
    try {
      use(directory);
      ++outcome.loaded;
    } catch (const Error& error) {
      ++outcome.refused;
      std::string message = error.what();
      CHECK(!message.empty());
      CHECK(message.find('\n') == std::string::npos);
    } catch (const std::exception& error) {
      FAIL_CHECK("not an Error: ", error.what());
    }
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    CHECK(seconds.count() < kMostSeconds);
  }
  std::ofstream(path, std::ios::binary) << whole;
  return outcome;
}

// The fixture's model, in this format, with a vocabulary in this form.
void make_directory(const std::string& directory, const WeightsFormat& format, bool json) {
  convert_model("tests/fixtures/models/t5", directory, format);
  std::string config = directory + "/tokenizer_config.json";
  if (!json) {
    std::vector<std::string> lines = {"the house is old and the garden is green",
                                      "the old house is the green house"};
    save_sentencepiece(directory, train_sentencepiece(lines, {.vocab_size = 24}), 8);
  } else {
    Json vocab = Json::array();
    for (const char* piece : {"<pad>", "</s>", "<unk>", "▁", "▁the", "e", "<extra_id_0>"})
      vocab.push_back(Json::array({piece, -0.5 * static_cast<double>(vocab.size())}));
    Json added = {{{"id", 0}, {"content", "<pad>"}}, {{"id", 6}, {"content", "<extra_id_0>"}}};
    Json normalizer = {{"type", "Precompiled"}, {"precompiled_charsmap", ""}};
    Json model = {{"type", "Unigram"}, {"unk_id", 2}, {"vocab", vocab}};
    write_file(
        directory + "/tokenizer.json",
        Json({{"added_tokens", added}, {"normalizer", normalizer}, {"model", model}}).dump());
    write_file(config, "{\"legacy\": true, \"extra_ids\": 1}");
  }
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("1,320 damaged files of eleven kinds each load or throw one line, and nothing else") {
    testing::Threads one_thread(1);  // the work is small and the files are many
    TemporaryDirectory temporary;
    std::string one = temporary / "safetensors", many = temporary / "sharded";
    std::string bin = temporary / "bin", bins = temporary / "bins";
    make_directory(one, {}, false);
    make_directory(many, {DType::BF16, 20'000}, true);
    make_directory(bin, {}, true);
    testing::turn_into_torch_files(bin);
    make_directory(bins, {DType::F16, 20'000}, false);
    testing::turn_into_torch_files(bins);
    const std::vector<std::pair<std::string, std::string>> files = {
        {one, "model.safetensors"},
        {one, "config.json"},
        {one, "spiece.model"},
        {one, "tokenizer_config.json"},
        {many, "model.safetensors.index.json"},
        {many, "model-00001-of-00002.safetensors"},
        {many, "tokenizer.json"},
        {bin, "pytorch_model.bin"},
        {bin, "tokenizer.json"},
        {bins, "pytorch_model.bin.index.json"},
        {bins, "pytorch_model-00002-of-00002.bin"}};
    int64_t before = peak_memory();
    uint64_t seed = 1;
    int loaded = 0;
    for (const auto& [directory, name] : files) {
      INFO(name);
      REQUIRE_NOTHROW(use(directory));
      Outcome outcome = damage(directory, name, seed++);
      MESSAGE(name, ": ", outcome.loaded, " loaded, ", outcome.refused, " refused");
      CHECK(outcome.refused > kPerFile / 10);  // the damage is real
      loaded += outcome.loaded;
    }
    CHECK(loaded > 100);  // and not always fatal
    CHECK(peak_memory() - before < kMostMemory);
  }

  TEST_CASE("1,000 damaged files of torch.save, every stride and type in them, the same") {
    TemporaryDirectory directory;
    const std::string whole = read_file("tests/fixtures/files/tensors.bin");
    Random random(99);
    int loaded = 0;
    for (int i = 0; i < 1000; ++i) {
      CAPTURE(i);
      try {
        for (const TensorEntry& entry :
             read_pytorch(directory.file("m.bin", mutated(whole, random)))) {
          std::vector<double> values(entry.count());
          if (is_floating(entry.dtype)) read_entry(entry, values.data());
        }
        ++loaded;
      } catch (const Error& error) {
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
      }
    }
    CHECK(loaded > 100);
    CHECK(loaded < 900);
  }
}

}  // namespace t5
