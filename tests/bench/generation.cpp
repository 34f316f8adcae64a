// Generation at the shape of t5-small: the cost of a token in each precision, and of the first one.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tensor/error.h"
#include "tests/bench/bench.h"

namespace t5::bench {
namespace {

constexpr const char* kPrecisions[] = {"float32", "bfloat16", "int8"};
constexpr int64_t kInputLength = 64, kOutputLength = 128;

// A model of random weights; made when it is missing.
std::string model_directory(const std::string& build, const std::string& precision) {
  std::string floats = build + "/bench-t5-small", directory = floats + "-" + precision;
  if (!Weights::exist(floats)) save_model(*make_model(preset_config("t5-small"), 1), floats);
  if (precision == "float32") return floats;
  if (!Weights::exist(directory))
    convert_model(floats, directory, {precision == "int8" ? DType::I8 : DType::BF16});
  return directory;
}

int bytes_per_weight(const std::string& precision) {
  return precision == "float32" ? 4 : precision == "bfloat16" ? 2 : 1;
}

std::vector<Ids> random_inputs(int64_t count, const Config& config) {
  Random random(4);
  std::vector<Ids> inputs(count);
  for (Ids& input : inputs) {
    for (int64_t i = 1; i < kInputLength; ++i)
      input.push_back(2 + static_cast<Id>(random.below(config.vocab_size - 2)));
    input.push_back(config.eos_token_id);
  }
  return inputs;
}

// Outputs that all go on to the end: eos cannot be chosen before.
GenerationOptions long_answers(int64_t tokens, int64_t beams) {
  GenerationOptions options;
  options.max_new_tokens = options.min_new_tokens = tokens;
  options.num_beams = beams;
  return options;
}

// The weights that a step of generation needs: the decoder without its cross-attention's k and v,
// and the head. Greedy search reads the head in int8 (HeadScreen).
double token_bound(const Config& c, const std::string& precision, int64_t batch, int64_t beams) {
  int64_t inner = c.num_heads * c.d_kv;
  int64_t layer = (4 + 2) * inner * c.d_model + (c.gated ? 3 : 2) * c.d_ff * c.d_model;
  auto decoder = static_cast<double>(c.num_decoder_layers * layer);
  auto head = static_cast<double>(c.vocab_size * c.d_model);
  int bytes = bytes_per_weight(precision);
  bool screened = precision == "float32" && beams == 1 && batch <= HeadScreen::kMaxRows;
  return weights_bound(decoder, bytes, batch * beams) +
         weights_bound(head, screened ? 1 : bytes, batch * beams);
}

// The time of one step, without that of the encoder and of the first token.
void print_tokens(const Model& model, const std::string& precision, int64_t batch, int64_t beams,
                  int64_t tokens) {
  auto inputs = random_inputs(batch, model.config());
  auto run = [&](int64_t count) {
    return seconds([&] { generate(model, inputs, long_answers(count, beams)); });
  };
  run(2);
  double time =
      median_seconds(1, [&] { return (run(tokens) - run(1)) / static_cast<double>(tokens - 1); });
  print_row(fmt::format("{}, batch {}, beams {}", precision, batch, beams), time,
            token_bound(model.config(), precision, batch, beams));
}

}  // namespace

void bench_token(const std::string& build) {
  print_heading("A token of one output; bound: weights once");
  for (const char* precision : kPrecisions) {
    auto model = load_model(model_directory(build, precision), {.use = Use::kPrediction});
    print_tokens(*model, precision, 1, 1, kOutputLength);
  }
}

void bench_batches(const std::string& build) {
  print_heading("A token of each output; bound: weights once, or products");
  for (const char* precision : kPrecisions) {
    auto model = load_model(model_directory(build, precision), {.use = Use::kPrediction});
    print_tokens(*model, precision, 1, 4, kOutputLength);
    // A quarter of the length: these vary less and take longer.
    print_tokens(*model, precision, 16, 1, kOutputLength / 4);
    print_tokens(*model, precision, 16, 4, kOutputLength / 4);
  }
}

// From the start of the process to its end after one token.
void bench_start(const std::string& build) {
  print_heading("Start to first token; bound: all weights once");
  for (const char* precision : kPrecisions) {
    std::string directory = model_directory(build, precision), input = build + "/bench-input";
    Config config = load_config(directory);
    std::ofstream(input) << fmt::format("{}\n", fmt::join(random_inputs(1, config)[0], " "));
    std::string command =
        fmt::format("'{}/t5' generate --ids --max-new-tokens 1 --model '{}' < '{}' > /dev/null",
                    build, directory, input);
    std::vector<double> times;
    for (int i = 0; i < 10; ++i)
      times.push_back(
          seconds([&] { check(std::system(command.c_str()) == 0, "start: failed: {}", command); }));
    auto weights = static_cast<double>(parameter_count(config));
    print_row(precision, median(times), weights_bound(weights, bytes_per_weight(precision), 1));
  }
}

}  // namespace t5::bench
