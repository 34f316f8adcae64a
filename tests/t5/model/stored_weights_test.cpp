// Stored tensors as parameters: aliases that are no aliases, and numbers that are none.
#include "t5/model/stored_weights.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "t5/model/embed.h"
#include "t5/train/evaluate.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;
namespace fs = std::filesystem;

namespace {

const std::string kTied = "tests/fixtures/models/t5", kUntied = "tests/fixtures/models/t5-v1_1";
constexpr float kNan = std::numeric_limits<float>::quiet_NaN(),
                kInfinity = std::numeric_limits<float>::infinity();

using Floats = std::map<std::string, std::vector<float>>;

// A copy of `from` whose float32 tensors `change` has changed. A new name has the shape of the
// shared embedding.
void rewrite(const std::string& from, const std::string& to,
             const std::function<void(Floats&)>& change) {
  if (from != to) fs::copy(from, to);
  auto file = SafetensorsFile::open(from + "/model.safetensors");
  Floats floats;
  for (const TensorEntry& entry : file.entries()) {
    if (entry.dtype != DType::F32) continue;
    floats[entry.name].resize(entry.count());
    std::memcpy(floats[entry.name].data(), entry.data, entry.size);
  }
  change(floats);
  std::vector<TensorEntry> entries;
  for (const TensorEntry& entry : file.entries())
    if (entry.dtype != DType::F32) entries.push_back(entry);
  for (const auto& [name, values] : floats) {
    const TensorEntry* like = file.find(name) ? file.find(name) : file.find("shared.weight");
    entries.push_back({name, DType::F32, like->shape,
                       reinterpret_cast<const std::byte*>(values.data()), values.size() * 4});
  }
  write_safetensors(to + "/model.safetensors", entries);
}

std::string loading(const std::string& directory, Use use = Use::kTraining) {
  return error_of([&] { load_model(directory, {.use = use}); });
}

const std::vector<TokenPair> kPairs = {{{5, 6, 7, 1}, {8, 9, 1}}};

// What each way to use a model says.
std::vector<std::string> messages_of_use(const std::string& directory) {
  auto model = load_model(directory, {.use = Use::kPrediction});
  std::vector<std::string> said;
  std::vector<Ids> inputs = {kPairs[0].input};
  for (const GenerationOptions& options :
       {GenerationOptions{.max_new_tokens = 4},
        GenerationOptions{.max_new_tokens = 4, .num_beams = 2},
        GenerationOptions{.max_new_tokens = 4, .do_sample = true}})
    said.push_back(error_of([&] { generate(*model, inputs, options); }));
  said.push_back(
      error_of([&] { generate_scored(*model, inputs, GenerationOptions{.max_new_tokens = 4}); }));
  said.push_back(error_of([&] { score_pairs(*model, kPairs, 1); }));
  return said;
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("a table of embeddings of the encoder's or the decoder's own is refused, both named") {
    TemporaryDirectory directory;
    int n = 0;
    auto refusal = [&](const std::string& from, const std::function<void(Floats&)>& change) {
      std::string to = directory / std::to_string(n++);
      rewrite(from, to, change);
      return loading(to).substr(std::min(to.size(), loading(to).size()));
    };
    const std::string rest =
        " differ, and one table of embeddings for both stacks is all that is known here";
    for (const std::string& from : {kTied, kUntied})
      for (const char* own : {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}) {
        CHECK(refusal(from, [&](Floats& f) { f[own] = f["shared.weight"]; }) == "");
        CHECK(refusal(from, [&](Floats& f) {
                f[own] = f["shared.weight"];
                f[own].back() += 1;
              }) == std::string("/model.safetensors: shared.weight and ") + own + rest);
      }
    CHECK(refusal(kTied, [](Floats& f) {
            f["transformer.shared.weight"] = std::vector<float>(f["shared.weight"].size());
          }) == "/model.safetensors: shared.weight and transformer.shared.weight" + rest);
    CHECK(refusal(kTied,
                  [](Floats& f) {
                    f["decoder.embed_tokens.weight"] = f["encoder.embed_tokens.weight"] =
                        f["shared.weight"];
                    f["decoder.embed_tokens.weight"][3] = 0;
                    f.erase("shared.weight");
                  }) ==
          "/model.safetensors: encoder.embed_tokens.weight and decoder.embed_tokens.weight" + rest);
    // A head of its own is known; and so it is that transformers leaves this one aside.
    CHECK(refusal(kTied, [](Floats& f) {
            f["lm_head.weight"] = std::vector<float>(f["shared.weight"].size(), 1.f);
          }) == "");
  }

  TEST_CASE("a head of words in a model that writes none is not passed over") {
    TemporaryDirectory directory;
    rewrite("tests/fixtures/heads/question-answering", directory / "m", [](Floats& f) {
      f["lm_head.weight"] = std::vector<float>(f["shared.weight"].size(), 1.f);
    });
    CHECK(loading(directory / "m").find("lm_head.weight belongs to no layer") != std::string::npos);
  }

  TEST_CASE("copies in int8 are the same only if their scales are; a copy brings its scales") {
    TemporaryDirectory directory;
    rewrite(kTied, directory / "copy", [](Floats& f) { f["lm_head.weight"] = f["shared.weight"]; });
    convert_model(directory / "copy", directory / "int8", {DType::I8});
    CHECK(load_model(directory / "int8")->tied());
    rewrite(directory / "int8", directory / "own",
            [](Floats& f) { f["lm_head.weight_scale"][2] *= 2; });
    CHECK_FALSE(load_model(directory / "own")->tied());
  }

  TEST_CASE("weights that are no numbers: loading to train names tensor and place") {
    TemporaryDirectory directory;
    int n = 0;
    for (auto [name, at, index] :
         {std::tuple("decoder.final_layer_norm.weight", 3, "(3)"),
          std::tuple("shared.weight", 16 * 5 + 2, "(5, 2)"),
          std::tuple("encoder.block.1.layer.1.DenseReluDense.wi.weight", 0, "(0, 0)")})
      for (auto [value, word] : {std::pair(kNan, "NaN"), std::pair(-kInfinity, "infinity")}) {
        std::string to = directory / std::to_string(n++);
        rewrite(kTied, to, [&](Floats& f) { f[name][at] = value; });
        std::string expected = to + "/model.safetensors: " + name + " holds " + word + " at " +
                               index +
                               ": the run that made it diverged; take an earlier checkpoint";
        CHECK(loading(to) == expected);
        for (DType dtype : {DType::F32, DType::F16, DType::I8})
          CHECK(error_of([&] { convert_model(to, to + "-out", {dtype}); }) == expected);
        CHECK_FALSE(fs::exists(to + "-out"));
      }
  }

  TEST_CASE("weights that are no numbers: whatever predicts with them says which, first of all") {
    // One of each kind of matrix. What is mapped is looked at when it is used.
    for (const char* name : {"shared.weight", "encoder.block.0.layer.0.SelfAttention.q.weight",
                             "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                             "encoder.block.1.layer.1.DenseReluDense.wi.weight",
                             "decoder.block.0.layer.1.EncDecAttention.k.weight",
                             "decoder.block.1.layer.0.SelfAttention.o.weight",
                             "decoder.block.1.layer.2.DenseReluDense.wo.weight"})
      for (float value : {kNan, kInfinity, -kInfinity}) {
        CAPTURE(name);
        CAPTURE(value);
        TemporaryDirectory directory;
        rewrite(kTied, directory / "m", [&](Floats& f) {
          bool is_bias = std::string(name).find("bias") != std::string::npos;
          if (is_bias)
            std::fill(f[name].begin(), f[name].end(), value);
          else
            f[name][8 * 16 + 1] = value;  // of the row of token 8, and of a middle row of others
        });
        for (const std::string& said : messages_of_use(directory / "m")) {
          INFO(said);
          CHECK(said.starts_with((directory / "m") + ": " + name + " holds "));
        }
      }
  }

  TEST_CASE("weights that are no numbers: an untied head, bfloat16, vectors, what embeds") {
    TemporaryDirectory directory;
    rewrite(kUntied, directory / "head", [](Floats& f) { f["lm_head.weight"].back() = kNan; });
    for (const std::string& said : messages_of_use(directory / "head"))
      CHECK(said.find(": lm_head.weight holds NaN at (") != std::string::npos);
    rewrite(kTied, directory / "norm",
            [](Floats& f) { f["encoder.final_layer_norm.weight"][1] = kNan; });
    CHECK(loading(directory / "norm", Use::kPrediction)
              .find("encoder.final_layer_norm.weight holds NaN at (1)") != std::string::npos);
    rewrite(kTied, directory / "wo", [](Floats& f) {
      f["encoder.block.0.layer.1.DenseReluDense.wo.weight"][0] = kInfinity;
    });
    auto model = load_model(directory / "wo", {.use = Use::kPrediction});
    CHECK(error_of([&] {
            embed(*model, {{5, 1}}, Pooling::kMean);
          }).find("wo.weight holds infinity at (0, 0)") != std::string::npos);
    convert_model(kTied, directory / "half", {DType::BF16});
    std::string path = directory / "half/model.safetensors";
    std::string bytes = read_file(path);
    auto file = SafetensorsFile::open(path);
    const TensorEntry* wi = file.find("encoder.block.0.layer.1.DenseReluDense.wi.weight");
    bytes.replace(reinterpret_cast<const char*>(wi->data) -
                      reinterpret_cast<const char*>(file.file()->data()) + 2 * 16,
                  2, "\xc0\x7f");  // NaN in row 1
    write_file(path, bytes);
    for (const std::string& said : messages_of_use(directory / "half"))
      CHECK(said.find(
                "row 1 of encoder.block.0.layer.1.DenseReluDense.wi.weight holds NaN at (0):") !=
            std::string::npos);
  }

  TEST_CASE("int8: scales that are NaN, infinite or negative are refused; rows of zeros are not") {
    TemporaryDirectory directory;
    const std::string wi = "encoder.block.0.layer.1.DenseReluDense.wi.weight";
    rewrite(kTied, directory / "zeros", [&](Floats& f) { std::fill_n(f[wi].begin(), 16, 0.f); });
    convert_model(directory / "zeros", directory / "int8", {DType::I8});
    CHECK(loading(directory / "int8", Use::kPrediction) == "no error");
    CHECK(messages_of_use(directory / "int8")[0] == "no error");
    for (auto [value, part] :
         {std::pair(kNan, "_scale holds NaN at (4)"),
          std::pair(kInfinity, "_scale holds infinity at (4)"),
          std::pair(-1.f, "_scale holds -1 at (4); a scale is not negative")}) {
      fs::remove_all(directory / "bad");
      rewrite(directory / "int8", directory / "bad",
              [&](Floats& f) { f[wi + "_scale"][4] = value; });
      for (Use use : {Use::kTraining, Use::kPrediction})
        CHECK(loading(directory / "bad", use).find(wi + part) != std::string::npos);
    }
  }

  TEST_CASE("int8: a header that leaves the scales between two floats is what is refused") {
    TemporaryDirectory directory;
    std::string model = directory / "int8", path = model + "/model.safetensors";
    convert_model(kTied, model, {DType::I8});
    std::string bytes = read_file(path);
    uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (int blanks = 1; blanks <= 4; ++blanks) {
      bytes.insert(sizeof header + header, " ");
      ++header;
      std::memcpy(bytes.data(), &header, sizeof header);
      directory.file("int8/model.safetensors", bytes);
      std::string said = loading(model, Use::kPrediction);
      INFO(blanks, ": ", said);
      if (blanks == 4)
        CHECK(said == "no error");
      else
        CHECK(said.find("_scale does not begin at a multiple of 4 bytes") != std::string::npos);
    }
  }

  TEST_CASE("int8: a matrix and its scales in two files are both mapped while the model lives") {
    TemporaryDirectory directory;
    convert_model(kUntied, directory / "one", {DType::I8});
    REQUIRE(convert_model(kUntied, directory / "many", {DType::I8, 900}).files > 20);
    JsonObject map =
        JsonObject::read(directory / "many/model.safetensors.index.json").object("weight_map");
    int apart = 0;
    auto whole = SafetensorsFile::open(directory / "one/model.safetensors");
    for (const TensorEntry& entry : whole.entries())
      if (map.has(entry.name + "_scale"))
        apart += map.string(entry.name) != map.string(entry.name + "_scale");
    CHECK(apart > 5);
    auto one = load_model(directory / "one", {.use = Use::kPrediction}),
         many = load_model(directory / "many", {.use = Use::kPrediction});
    fs::remove_all(directory / "many");
    CHECK(score_pairs(*many, kPairs, 1)[0].log_probability ==
          score_pairs(*one, kPairs, 1)[0].log_probability);
    CHECK(generate(*many, {kPairs[0].input}) == generate(*one, {kPairs[0].input}));
  }

  TEST_CASE("a model that is not finite is not saved over one that is") {
    TemporaryDirectory directory;
    auto model = load_model(kTied);
    save_model(*model, directory / "m");
    std::string before = read_file(directory / "m/model.safetensors");
    model->parameters().make_writable();
    model->parameters().find("shared.weight")->mutable_value().mutable_data()[7] = kNan;
    CHECK(error_of([&] { save_model(*model, directory / "m"); }).find("shared.weight holds NaN") !=
          std::string::npos);
    CHECK(read_file(directory / "m/model.safetensors") == before);
  }
}
