// t5 convert.

#include <fmt/format.h>

#include <charconv>

#include "t5/cli/commands.h"
#include "t5/cli/transfer_options.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"

namespace t5 {
namespace {

struct ConvertOptions {
  std::string model, output, data, dtype = "float32", max_shard_size = "5GB";
  Existing existing = Existing::kRefuse;
  AdapterOptions adapters;
};

// "5GB", "200MB", "16KB" in bytes, powers of ten as in transformers.
int64_t parse_size(const std::string& text) {
  int64_t size = 0;
  const char* end = text.data() + text.size();
  std::string unit = std::from_chars(text.data(), end, size).ptr;
  int64_t factor = unit == "KB"   ? 1'000
                   : unit == "MB" ? 1'000'000
                   : unit == "GB" ? 1'000'000'000
                                  : 0;
  if (factor == 0 || size < 1 || size > 1'000'000'000)
    throw UsageError{fmt::format(
        "convert: --max-shard-size: '{}' is not a size such as 5GB, 200MB or 16KB", text)};
  return size * factor;
}

// The loss on the pairs of a file, as the model predicts.
double loss_of(const std::string& directory, const std::string& data) {
  TextModel loaded = load_text_model(directory, {.use = Use::kPrediction});
  return evaluate(*loaded.model, read_pairs({data}, loaded), 32).loss;
}

void convert(const ConvertOptions& options, const Common& common) {
  WeightsFormat format{.max_shard_size = parse_size(options.max_shard_size)};
  for (auto [name, dtype] : kPrecisions)
    if (name == options.dtype) format.dtype = dtype;
  bool measures = !options.data.empty();
  double before = measures ? loss_of(options.model, options.data) : 0;  // which may be replaced
  std::string from = options.model;
  if (!options.adapters.directories.empty()) {  // merged first, as float32, where they end up
    from = options.output;
    merge_adapters(options.model, read_adapters(options.adapters), from, options.existing);
  }
  bool is_ours = !options.adapters.directories.empty();
  Conversion done = convert_model(from, options.output, format,
                                  is_ours ? Existing::kReplace : options.existing);
  JsonText::Fields report = {{"output", options.output},
                             {"dtype", options.dtype},
                             {"files", done.files},
                             {"weight_difference", done.difference}};
  if (!common.json && !common.quiet) {
    fmt::print("{}: {} weights in {} file{}\n", options.output, options.dtype, done.files,
               done.files == 1 ? "" : "s");
    if (done.difference > 0)
      fmt::print("they differ from the weights before by {:.2g} of their size\n", done.difference);
  }
  if (measures) {
    double after = loss_of(options.output, options.data);
    report.emplace_back("loss_before", before);
    report.emplace_back("loss", after);
    if (!common.json)
      fmt::print("loss on {}: {:.6f} before, {:.6f} now\n", options.data, before, after);
  }
  if (common.json) print_json(report);
}

void declare(Options& options, ConvertOptions& o) {
  std::vector<std::string> precisions;
  for (auto [name, dtype] : kPrecisions) precisions.push_back(name);
  options.required("--model", o.model, "a model directory")
      .required("--output", o.output, "the directory to make")
      .overwrite(o.existing)
      .one_of("--dtype", o.dtype, "of the weights", precisions)
      .path("--data", o.data, "pairs to measure the loss on, before and after")
      .text("--max-shard-size", o.max_shard_size, "of one file, default 5GB; more are split");
  options.texts("--adapter", o.adapters.directories,
                "adapters to merge into the weights: directories, as PEFT writes them");
}

}  // namespace

void add_convert(Program& program) {
  program.command<ConvertOptions>(
      "convert", "write a model's weights in another precision, or with adapters merged into them",
      "t5 convert --model build/demo/model --output half --dtype bfloat16", declare, convert);
}

}  // namespace t5
