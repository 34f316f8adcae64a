// The names and shapes of a T5's parameters against files that transformers wrote, and against the
// published numbers of parameters.
#include "tutorials/18-t5-small/names.h"

#include <fmt/ranges.h>

#include <map>

#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::lesson;

namespace {

std::string text(const std::vector<int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

using Shapes = std::map<std::string, std::string>;

Shapes shapes_in(const std::string& path) {
  Shapes shapes;
  SafetensorsFile file = SafetensorsFile::open(path);
  for (const TensorEntry& entry : file.entries()) shapes[entry.name] = text(entry.shape);
  return shapes;
}

// The first name that only one side has, or that has two shapes; "" when there is none.
std::string difference(const Shapes& got, const Shapes& expected) {
  for (const auto& [name, shape] : expected) {
    auto found = got.find(name);
    if (found == got.end()) return name + " is missing";
    if (found->second != shape)
      return fmt::format("{} should be {}, is {}", name, shape, found->second);
  }
  for (const auto& [name, shape] : got)
    if (!expected.contains(name)) return name + " is in no file";
  return "";
}

std::string shape_of(const Config& config, const std::string& name) {
  for (const NamedShape& p : parameters_of(config))
    if (p.name == name) return text(p.shape);
  return "missing";
}

}  // namespace

TEST_SUITE("18-t5-small") {
  TEST_CASE("names: the list is that of the files that transformers wrote, for every variant") {
    for (std::string variant : {"t5", "t5-v1_1", "t5-gated-silu", "mt5", "byt5", "umt5"}) {
      INFO(variant);
      std::string directory = "tests/fixtures/models/" + variant;
      Shapes expected = shapes_in(directory + "/model.safetensors"), got;
      Config config = load_config(directory);
      config.tie_word_embeddings = !expected.contains("lm_head.weight");
      for (const NamedShape& p : parameters_of(config)) {
        CHECK_MESSAGE(!got.contains(p.name), p.name, " is listed twice");
        got[p.name] = text(p.shape);
      }
      CHECK(difference(got, expected) == "");
    }
  }

  TEST_CASE("names: the published models have the published numbers of tensors and parameters") {
    struct Published {
      const char* name;
      int64_t tensors, parameters;
    };
    for (const Published& p :
         {Published{"t5-small", 131, 60'506'624}, Published{"t5-v1_1-small", 190, 76'961'152},
          Published{"mt5-small", 190, 300'176'768}, Published{"byt5-small", 170, 299'637'760}}) {
      INFO(p.name);
      std::vector<NamedShape> all = parameters_of(preset_config(p.name));
      int64_t parameters = 0;
      for (const NamedShape& named : all) {
        int64_t size = 1;
        for (int64_t extent : named.shape) size *= extent;
        parameters += size;
      }
      CHECK(std::ssize(all) == p.tensors);
      CHECK(parameters == p.parameters);
    }
  }

  TEST_CASE("names: whether states are scaled says nothing about a head of its own") {
    Config config = preset_config("t5-small");
    config.scale_decoder_outputs = false;
    CHECK(std::ssize(parameters_of(config)) == 131);
  }

  TEST_CASE("names: a matrix is (out, in), and heads need not add up to the width of the model") {
    Config config = preset_config("t5-v1_1-small");
    std::string self = "encoder.block.7.layer.0.SelfAttention.";
    CHECK(shape_of(config, self + "q.weight") == "(384, 512)");
    CHECK(shape_of(config, self + "o.weight") == "(512, 384)");
    std::string feed = "decoder.block.7.layer.2.DenseReluDense.";
    CHECK(shape_of(config, feed + "wi_1.weight") == "(1024, 512)");
    CHECK(shape_of(config, feed + "wo.weight") == "(512, 1024)");
    CHECK(shape_of(config, feed + "wi.weight") == "missing");
  }
}
