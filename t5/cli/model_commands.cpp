// t5 info, t5 new, t5 inspect.

#include <fmt/format.h>
#include <sys/utsname.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "t5/cli/commands.h"
#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/model/directory.h"
#include "tensor/error.h"
#include "tensor/ops/blas.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// As Linux and macOS call it; otherwise the kind of machine: Linux names no model of arm64.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
#if defined(__APPLE__)
  char name[256];
  size_t size = sizeof name;
  if (::sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
  utsname system;
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

void info(const Common& common) {
  const char* element = kDoublePrecision ? "double" : "float";
  if (common.json) {
    fmt::print("{}", json_text({{"real", element},
                                {"compiler", __VERSION__},
                                {"processor", processor_name()},
                                {"blas", blas_version()},
                                {"blas_core", blas_core()},
                                {"threads", thread_count()}}));
    return;
  }
  fmt::print(
      "real       {}\ncompiler   {}\nprocessor  {}\nBLAS       {}, {} kernels\nthreads    {}\n",
      element, __VERSION__, processor_name(), blas_version(), blas_core(), thread_count());
}

struct NewOptions {
  std::string preset, config, model, tokenizer, output, head = "language-model";
  std::vector<std::string> labels;
  int64_t vocab_size = 0;
  uint64_t seed = 42;
  Existing existing = Existing::kRefuse;
};

Config chosen_config(const NewOptions& options, const Tokenizer* tokenizer) {
  Config config = !options.model.empty()    ? load_config(options.model)
                  : !options.config.empty() ? read_config(JsonObject::read(options.config))
                                            : preset_config(options.preset);
  config.head = &task_head(options.head);
  config.labels = options.labels;
  if (options.vocab_size > 0)
    config.vocab_size = options.vocab_size;
  else if (tokenizer != nullptr && config.vocab_size < tokenizer->vocab_size())
    config.vocab_size = tokenizer->vocab_size();
  if (tokenizer != nullptr && !options.preset.empty()) {
    config.eos_token_id = tokenizer->eos_id();
    config.pad_token_id = config.decoder_start_token_id = tokenizer->pad_id();
  }
  check(config.vocab_size > 0,
        "new: preset {} has no vocabulary of its own; give --tokenizer or "
        "--vocab-size",
        options.preset);
  return config;
}

void check_labels(const NewOptions& options) {
  bool classifies = task_head(options.head).has_labels;
  std::set<std::string> distinct(options.labels.begin(), options.labels.end());
  if (classifies && distinct.size() < 2)
    throw UsageError{"new: a classifier needs --labels, two or more: --labels good,bad"};
  if (!classifies && !distinct.empty())
    throw UsageError{"new: --labels belong to a --head that classifies"};
  if (distinct.size() != options.labels.size())
    throw UsageError{"new: --labels: a label is given twice"};
}

void new_model(const NewOptions& options, const Common& common) {
  if (options.preset.empty() + options.config.empty() + options.model.empty() != 2)
    throw UsageError{"new: give one of --preset, --config and --model"};
  check_labels(options);
  DirectoryUpdate output(options.output, options.existing);
  std::unique_ptr<Tokenizer> tokenizer;
  std::string from = options.tokenizer.empty() ? options.model : options.tokenizer;
  if (!from.empty()) tokenizer = load_tokenizer(from);
  Config config = chosen_config(options, tokenizer.get());
  if (tokenizer) check_vocabulary(*tokenizer, config);
  auto model = options.model.empty()
                   ? make_model(config, options.seed)
                   : load_model(options.model, {.config = config, .seed = options.seed});
  save_model(*model, output);
  if (tokenizer && !std::filesystem::is_directory(from))
    save_sentencepiece(output, read_file(from), tokenizer->sentinel_count());
  else
    write_tokenizer_files(tokenizer ? read_tokenizer_files(from) : TokenizerFiles{}, output);
  output.commit();
  if (!common.quiet)
    fmt::print("{}: {} parameters\n", options.output, model->parameters().element_count());
}

const char* head_text(const Model& model) {
  if (!model.config().writes_text()) return model.config().head->name;
  return model.tied() ? "tied to the embedding" : "of its own";
}

void inspect(const std::string& directory, const Common& common) {
  auto model = load_model(directory, {.use = Use::kPrediction});
  int64_t total = model->parameters().element_count();
  if (common.json) {
    Json tensors = Json::array();
    for (const Parameter& p : model->parameters().all())
      tensors.push_back(
          {{"name", p.name},
           {"shape", std::vector<int64_t>(p.var.shape().begin(), p.var.shape().end())}});
    fmt::print("{}", json_text({{"parameters", total},
                                {"tied_head", model->tied()},
                                {"config", parse_json(config_text(model->config()), directory)},
                                {"tensors", tensors}}));
    return;
  }
  fmt::print("{}", config_text(model->config()));
  for (const Parameter& p : model->parameters().all())
    fmt::print("{:<70} {:>16} {:>12}\n", p.name, to_string(p.var.shape()), p.var.shape().size());
  fmt::print("{} tensors, {} parameters, {:.1f} MB, head {}\n", model->parameters().all().size(),
             total, static_cast<double>(total) * sizeof(real) / 1e6, head_text(*model));
}

std::vector<std::string> names_of_heads() {
  std::vector<std::string> names;
  for (const TaskHead& head : task_heads()) names.push_back(head.name);
  return names;
}

// The presets and their sizes, three to a line.
std::string preset_table() {
  std::string table = "Presets, with millions of parameters (+: and the vocabulary's embedding):";
  int column = 0;
  for (const std::string& name : preset_names()) {
    Config config = preset_config(name);
    double millions = static_cast<double>(parameter_count(config)) / 1e6;
    table += fmt::format("{}{:<13} {:>7.1f}{}", column++ % 3 == 0 ? "\n  " : "   ", name, millions,
                         config.vocab_size == 0 ? "+" : "");
  }
  return table + "\n";
}

void declare_new(Options& options, NewOptions& o) {
  options.text("--preset", o.preset, "a shape, see below")
      .path("--config", o.config, "a config.json with the shape, instead")
      .path("--model", o.model, "a model directory whose weights to start from, instead")
      .one_of("--head", o.head, "what stands on the encoder and the decoder", names_of_heads())
      .list("--labels", o.labels, "of a classifier, separated by commas")
      .path("--tokenizer", o.tokenizer, "spiece.model, or a directory with one")
      .integer("--vocab-size", o.vocab_size, "rows of the embedding", 1, 1 << 24)
      .required("--output", o.output, "the directory to make")
      .overwrite(o.existing)
      .seed(o.seed)
      .details(preset_table);
}

struct Nothing {};

}  // namespace

void add_info(Program& program) {
  program.command<Nothing>(
      "info", "the build, the processor, the BLAS kernels in use, the threads", "t5 info",
      [](Options&, Nothing&) {}, [](const Nothing&, const Common& common) { info(common); });
}

void add_new(Program& program) {
  program.command<NewOptions>(
      "new", "make a freshly initialised model directory",
      "t5 new --preset mini --tokenizer build/demo/tokenizer --output my-model", declare_new,
      new_model);
}

void add_inspect(Program& program) {
  program.command<std::string>(
      "inspect", "print a model's config and parameters", "t5 inspect build/demo/model",
      [](Options& options, std::string& directory) {
        options.required("model", directory, "a model directory");
      },
      inspect);
}

}  // namespace t5
