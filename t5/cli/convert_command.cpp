// t5 convert.

#include <fmt/format.h>

#include <charconv>

#include "t5/cli/commands.h"
#include "t5/model/directory.h"

namespace t5 {
namespace {

struct ConvertOptions {
  std::string model, output, format = "safetensors", dtype = "float32", max_shard_size = "5GB";
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

void convert(const ConvertOptions& options, const Common& common) {
  WeightsFormat format{options.format == "bin",
                       options.dtype == "float16"    ? DType::F16
                       : options.dtype == "bfloat16" ? DType::BF16
                                                     : DType::F32,
                       parse_size(options.max_shard_size)};
  int64_t files = convert_model(options.model, options.output, format);
  if (common.json)
    print_json({{"output", options.output},
                {"format", options.format},
                {"dtype", options.dtype},
                {"files", files}});
  else if (!common.quiet)
    fmt::print("{}: {} weights as {} in {} file{}\n", options.output, options.dtype, options.format,
               files, files == 1 ? "" : "s");
}

void declare(Options& options, ConvertOptions& o) {
  options.required("--model", o.model, "a model directory")
      .required("--output", o.output, "the directory to make")
      .one_of("--format", o.format, "of the weights: model.safetensors, pytorch_model.bin",
              {"safetensors", "bin"})
      .one_of("--dtype", o.dtype, "of the weights", {"float32", "float16", "bfloat16"})
      .text("--max-shard-size", o.max_shard_size, "of one file, default 5GB; more are split");
}

}  // namespace

void add_convert(Program& program) {
  program.command<ConvertOptions>(
      "convert", "write a model's weights in another format or precision",
      "t5 convert --model build/demo/model --output half --format safetensors --dtype bfloat16",
      declare, convert);
}

}  // namespace t5
