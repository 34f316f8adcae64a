// Checkpoints that somebody else wrote, or that were damaged: the numbers in their metadata, and
// those in their tensors.
#include "t5/train/checkpoint.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "t5/files/safetensors.h"
#include "t5/train/step.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Metadata = std::map<std::string, std::string>;

// A checkpoint of a small model, and what loading it says.
struct Saved {
  TemporaryDirectory directory;
  std::unique_ptr<Model> model = small_model();
  TrainStep steps{*model, {}};
  std::string path = directory / "run";

  Saved() {
    steps.take(0, {reversals(4, 1)});
    save_checkpoint(path, *model, steps.optimizer(), {3, 1.5, 2, 1}, "");
  }

  // With other metadata and, for the tensors called so, another first value.
  std::string loading(const Metadata& changes, const std::string& name = "", real value = 0) {
    auto file = SafetensorsFile::open(path);
    Metadata metadata = file.metadata();
    for (const auto& [key, text] : changes) metadata[key] = text;
    std::vector<TensorEntry> entries = file.entries();
    std::vector<std::vector<real>> values;
    for (TensorEntry& entry : entries) {
      if (entry.name != name) continue;
      values.emplace_back(entry.count());
      read_entry(entry, values.back().data());
      values.back()[0] = value;
      entry.data = reinterpret_cast<const std::byte*>(values.back().data());
    }
    std::string changed = directory / "changed";
    write_safetensors(changed, entries, metadata);
    TrainState state;
    std::string message =
        error_of([&] { load_checkpoint(changed, *model, steps.optimizer(), state); });
    return message.substr(message.starts_with(changed) ? changed.size() : 0);
  }
};

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("checkpoint: a number in the metadata is read as a whole, within its bounds") {
    Saved saved;
    CHECK(saved.loading({}) == "no error");
    for (const char* key : {"step", "best_step", "stale_evaluations"})
      for (const char* text : {"-5", "abc", "99999999999999999999", "1e30", "3.5", "", " 3", "3 ",
                               "0x3", "+3", "nan"}) {
        std::string message = saved.loading({{key, text}});
        CAPTURE(text);
        CHECK(message.starts_with(std::string(": ") + key + ": '" + text +
                                  "' is not a number from 0 to "));
        CHECK(message.ends_with("; the checkpoint is damaged"));
      }
    CHECK(saved.loading({{"best_step", "4"}}) ==  // after the last step
          ": best_step: '4' is not a number from 0 to 3; the checkpoint is damaged");
    for (const char* text : {"nan", "", "1.5x", "loss"})
      CHECK(saved.loading({{"best_loss", text}}).starts_with(": best_loss: '"));
    for (const char* text : {"inf", "1e-7", "0"})
      CHECK(saved.loading({{"best_loss", text}}) == "no error");
  }

  TEST_CASE(
      "checkpoint: weights and optimiser state that are no numbers are named, kept, or made") {
    Saved saved;
    const std::string weight = "model.decoder.final_layer_norm.weight";
    std::string slot;
    for (const auto& [name, tensor] : saved.steps.optimizer().state()) slot = "optimizer." + name;
    REQUIRE(slot != "");
    for (const std::string& name : {weight, slot})
      for (real value :
           {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()})
        CHECK(saved.loading({}, name, value).starts_with(": " + name + " holds "));
    std::vector<real> before = weights(*saved.model);
    CHECK(saved.loading({}, slot, std::numeric_limits<real>::quiet_NaN()) != "no error");
    CHECK(weights(*saved.model) == before);
    saved.model->parameters().find("shared.weight")->mutable_value().mutable_data()[3] = NAN;
    CHECK(error_of([&] {
            save_checkpoint(saved.path, *saved.model, saved.steps.optimizer(), {}, "");
          }).find("model.shared.weight holds NaN at (0, 3)") != std::string::npos);
    CHECK(saved.loading({}) == "no error");  // the old one is whole
  }

  TEST_CASE("checkpoint: a tensor of another shape or type is input's fault, and named") {
    Saved saved;
    auto file = SafetensorsFile::open(saved.path);
    auto refusal = [&](const std::vector<int64_t>& shape, DType dtype) {
      std::vector<TensorEntry> entries = file.entries();
      std::vector<std::byte> zeros(1 << 20);
      for (TensorEntry& entry : entries)
        if (entry.name == "model.shared.weight")
          entry = {entry.name, dtype, shape, zeros.data(), byte_size(shape, dtype, "")};
      write_safetensors(saved.path, entries, file.metadata());
      TrainState state;
      return error_of(
          [&] { load_checkpoint(saved.path, *saved.model, saved.steps.optimizer(), state); });
    };
    CHECK(refusal({32, 40}, kRealType) ==
          saved.path +
              ": shared.weight is (32, 40), the model's (40, 32): this checkpoint is of "
              "another model");
    CHECK(refusal({40, 32}, DType::I32) ==
          saved.path + ": model.shared.weight holds I32, not floating-point numbers");
  }

  TEST_CASE("training blames the rate only where the weights were finite") {
    auto model = small_model();
    TrainStep steps(*model, {});
    model->parameters().find("shared.weight")->mutable_value().mutable_data()[5] = NAN;
    std::string message = error_of([&] { steps.take(0, {reversals(4, 1)}); });
    CHECK(message.starts_with("train: shared.weight holds NaN at (0, 5): "));
    CHECK(message.find("--learning-rate") == std::string::npos);
  }
}
