// The weights of a model directory in all their forms, and conversion between them.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "tests/support.h"
#include "tests/t5/files/pytorch/torch_file.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
namespace fs = std::filesystem;

const std::string kTied = "tests/fixtures/models/t5", kUntied = "tests/fixtures/models/t5-v1_1";

// The largest difference between parameters of the same name, relative to 1 + their size.
double gap(const Model& a, const Model& b) {
  REQUIRE(a.parameters().all().size() == b.parameters().all().size());
  double worst = 0;
  for (const Parameter& p : a.parameters().all()) {
    const Var* q = b.parameters().find(p.name);
    REQUIRE(q != nullptr);
    worst = std::max(worst, testing::gap(p.var.value(), q->value()));
  }
  return worst;
}

// The directory kTied converted to several safetensors files of at most 20 kB.
void write_sharded(const std::string& directory) {
  REQUIRE(convert_model(kTied, directory, {DType::F32, 20'000}).files == 3);
}

std::string loading(const std::string& directory) {
  return testing::error_of([&] { load_model(directory); });
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("what a model's files say is in the files it is saved to, known here or not") {
    TemporaryDirectory directory;
    std::string from = directory / "from", to = directory / "to";
    fs::copy(kTied, from);
    Json config = read_json(from + "/config.json");
    config["team"] = {{"name", "x"}};
    const Json generation = {{"eos_token_id", {1, 5}}, {"num_beams", 3}, {"team", {1, 2}}};
    write_file(from + "/config.json", config.dump());
    write_file(from + "/generation_config.json", generation.dump());
    save_model(*load_model(from), to);
    CHECK(read_json(to + "/config.json") == config);
    CHECK(read_json(to + "/generation_config.json") == generation);
    save_model(*load_model(to), directory / "again");
    CHECK(read_file(directory / "again/config.json") == read_file(to + "/config.json"));
  }

  TEST_CASE("generation_config.json is made for a new model alone: else config.json counts") {
    TemporaryDirectory directory;
    std::string from = directory / "from", to = directory / "to";
    fs::copy(kTied, from);
    fs::remove(from + "/generation_config.json");
    Json config = read_json(from + "/config.json");
    config["num_beams"] = 3;
    write_file(from + "/config.json", config.dump());
    save_model(*load_model(from), to);
    convert_model(from, directory / "converted", {});
    for (const std::string& saved : {to, directory / "converted"}) {
      CHECK_FALSE(fs::exists(saved + "/generation_config.json"));
      CHECK(read_json(saved + "/config.json") == config);
    }
    Config tiny = preset_config("tiny");
    tiny.vocab_size = 50;
    save_model(*make_model(tiny, 1), directory / "new");
    CHECK(read_json(directory / "new/generation_config.json").size() == 3);
  }
}

TEST_SUITE("18-t5-small") {
  TEST_CASE("every form of the weights gives the same model, in each precision") {
    for (const std::string& from : {kTied, kUntied})
      for (bool pytorch : {false, true})
        for (int64_t max_size : {int64_t{20'000}, INT64_MAX}) {
          CAPTURE(from);
          CAPTURE(pytorch);
          CAPTURE(max_size);
          TemporaryDirectory directory;
          auto original = load_model(from);
          for (auto [dtype, tolerance] : {std::pair(DType::F32, 0.0), std::pair(DType::F16, 1e-3),
                                          std::pair(DType::BF16, 8e-3)}) {
            std::string to = directory / std::string(dtype_name(dtype));
            int64_t files = convert_model(from, to, {dtype, max_size}).files;
            CHECK((files == 1) == (max_size == INT64_MAX));
            if (pytorch) testing::turn_into_torch_files(to);
            auto model = load_model(to);
            CHECK(model->tied() == original->tied());
            CHECK(gap(*model, *original) <= tolerance);
            // Exact in the other direction: a narrow number is also a wide one.
            convert_model(to, to + "-back", {});
            CHECK(gap(*load_model(to + "-back"), *model) == 0);
          }
        }
  }

  TEST_CASE("of several files the one is read that transformers reads") {
    TemporaryDirectory directory;
    std::string path = directory / "m";
    write_sharded(path);
    testing::turn_into_torch_files(path);
    write_file(path + "/pytorch_model.bin", "no zip");
    CHECK(loading(path).find("pytorch_model.bin: not a file of torch.save") != std::string::npos);
    write_file(path + "/model.safetensors.index.json", "{}");
    CHECK(loading(path).find("index.json: weight_map: expected an object") != std::string::npos);
    fs::copy(kTied + "/model.safetensors", path);
    CHECK(loading(path) == "no error");
    fs::remove(path + "/model.safetensors");
    fs::remove(path + "/model.safetensors.index.json");
    fs::remove(path + "/pytorch_model.bin");
    CHECK(loading(path) == "no error");
    fs::remove(path + "/pytorch_model.bin.index.json");
    CHECK(loading(path).find("no weights here: neither model.safetensors nor") !=
          std::string::npos);
  }

  TEST_CASE("an index: a missing file, a missing tensor and a path elsewhere are named") {
    TemporaryDirectory directory;
    std::string path = directory / "m", index = path + "/model.safetensors.index.json";
    write_sharded(path);
    const Json whole = read_json(index);
    const std::string first = "model-00001-of-00003.safetensors";
    auto refusal = [&](const Json& value) {
      Json json = whole;
      json["weight_map"]["shared.weight"] = value;
      write_file(index, json.dump());
      return loading(path);
    };
    auto says = [](const std::string& message, const char* part) {
      INFO(message);
      CHECK_MESSAGE(message.find(part) != std::string::npos, part);
    };
    CHECK(refusal(whole["weight_map"]["shared.weight"]) == "no error");
    fs::copy(path + "/" + first, directory / first);  // there, but not for this index
    for (const char* elsewhere :
         {"../model-00001-of-00003.safetensors", "/etc/passwd", "..", "a/b"})
      says(refusal(elsewhere), "is not the name of a file in this directory");
    says(refusal("absent.safetensors"),
         "weight_map: shared.weight: the file absent.safetensors is missing");
    says(refusal("model-00003-of-00003.safetensors"),
         "shared.weight: is not in model-00003-of-00003.safetensors");
    says(refusal("config.json"), "config.json");
    says(refusal(3), "shared.weight: expected a string, found 3");
    write_file(index, "{\"weight_map\": []}");
    says(loading(path), "weight_map: expected a JSON object");
  }

  TEST_CASE("the shared embedding is found under any of its names, in any combination") {
    TemporaryDirectory directory;
    fs::copy(kTied, directory / "m");
    auto original = load_model(kTied);
    auto file = SafetensorsFile::open(kTied + "/model.safetensors");
    const std::vector<std::string> names = {"shared.weight", "encoder.embed_tokens.weight",
                                            "decoder.embed_tokens.weight", "lm_head.weight"};
    for (unsigned subset = 1; subset < 16; ++subset) {
      CAPTURE(subset);
      std::vector<TensorEntry> entries;
      for (TensorEntry entry : file.entries()) {
        if (entry.name != "shared.weight") entries.push_back(entry);
        for (unsigned i = 0; entry.name == "shared.weight" && i < 4; ++i) {
          TensorEntry alias = entry;
          alias.name = names[i];
          if (subset >> i & 1) entries.push_back(alias);
        }
      }
      write_safetensors(directory / "m/model.safetensors", entries);
      auto model = load_model(directory / "m");
      CHECK(model->tied());
      CHECK(gap(*model, *original) == 0);
    }
  }

  TEST_CASE("conversion keeps the config but for the precision, and never overwrites a model") {
    TemporaryDirectory directory;
    std::string to = directory / "m";
    convert_model(kUntied, to, {.dtype = DType::BF16});
    Json before = read_json(kUntied + "/config.json"), after = read_json(to + "/config.json");
    CHECK(after["dtype"] == "bfloat16");
    after["dtype"] = before["dtype"];
    CHECK(after == before);
    CHECK(read_file(to + "/generation_config.json") ==
          read_file(kUntied + "/generation_config.json"));
    std::string bytes = read_file(to + "/model.safetensors");
    CHECK_THROWS_WITH_AS(convert_model(kTied, to, {}), Contains("already holds"), Error);
    CHECK_THROWS_WITH_AS(convert_model(to, to, {}), Contains("already holds"), Error);
    CHECK(read_file(to + "/model.safetensors") == bytes);
    testing::turn_into_torch_files(to);
    CHECK_THROWS_WITH_AS(convert_model(kTied, to, {}), Contains("already holds"), Error);
    CHECK_FALSE(fs::exists(to + "/model.safetensors"));
  }
}

}  // namespace t5
