#include "t5/cli/transfer_options.h"

#include <fmt/format.h>

#include "t5/cli/input_notes.h"
#include "t5/report/message.h"
#include "t5/transfer/freezing.h"

namespace t5 {
namespace {

// As an option has it, and as PEFT does.
const std::vector<std::pair<std::string, std::string>>& type_names() {
  static const std::vector<std::pair<std::string, std::string>> names = {
      {"lora", "LORA"},
      {"ia3", "IA3"},
      {"prompt-tuning", "PROMPT_TUNING"},
      {"bottleneck", "BOTTLENECK"}};
  return names;
}

AdapterConfig new_config(const TransferOptions& o, const std::string& base) {
  AdapterConfig config = o.config;
  for (const auto& [name, type] : type_names())
    if (name == o.peft_type) config.type = type;
  config.base = base;
  return config;
}

void say_share(const Parameters& parameters) {
  int64_t trained = trained_count(parameters), all = parameters.element_count();
  if (trained < all)
    message("{} of {} parameters are trained, {:.2f} %", trained, all,
            100 * static_cast<double>(trained) / static_cast<double>(all));
}

}  // namespace

void declare_adapters(Options& options, AdapterOptions& o) {
  options.texts("--adapter", o.directories,
                "an adapter's directory, as PEFT writes it, or NAME=DIR; several stand one after "
                "another");
}

Adapters read_adapters(const AdapterOptions& o) {
  Adapters adapters;
  for (const std::string& given : o.directories) {
    size_t equals = given.find('=');
    if (equals == given.npos)
      adapters.add(given);
    else
      adapters.add(given.substr(equals + 1), given.substr(0, equals));
  }
  return adapters;
}

TextModel load_adapted_model(const std::string& directory, const AdapterOptions& o,
                             const Common& common, bool ids) {
  Adapters adapters = read_adapters(o);
  LoadOptions options = adapters.load_options(directory, Use::kPrediction);
  TextModel loaded = load_noted_model(directory, options, common, ids);
  adapters.check_all_used(*loaded.model);
  return loaded;
}

void declare_transfer(Options& options, TransferOptions& o) {
  std::vector<std::string> names;
  for (const auto& [name, type] : type_names()) names.push_back(name);
  declare_adapters(options, o.adapters);
  options.one_of("--peft-type", o.peft_type, "train a new adapter, and write it alone", names)
      .integer("--lora-r", o.config.r, "rank of the update", 1, 1 << 20)
      .number("--lora-alpha", o.config.lora_alpha, "the update counts alpha / r", 0, 1e6)
      .number("--lora-dropout", o.config.lora_dropout, "of what goes into the update", 0, 0.99)
      .flag("--use-rslora", o.config.use_rslora, "the update counts alpha / sqrt(r)")
      .list("--target-modules", o.config.target_modules,
            "ends of layers' names, or all-linear; default: q,v of lora, k,v,wo of ia3, o,wo of "
            "bottleneck")
      .list("--modules-to-save", o.config.modules_to_save,
            "parts of the model that are trained and written as well: shared, lm_head")
      .integer("--num-virtual-tokens", o.config.num_virtual_tokens, "length of the prompt", 1,
               1 << 20)
      .integer("--bottleneck-size", o.config.bottleneck_size, "width of a bottleneck", 1, 1 << 20)
      .texts("--freeze", o.freeze,
             "what is not trained: regular expressions of whole names, 'encoder.*'");
  for (const char* option :
       {"--lora-r", "--lora-alpha", "--lora-dropout", "--use-rslora", "--target-modules",
        "--modules-to-save", "--num-virtual-tokens", "--bottleneck-size"})
    options.needs(option, "--peft-type");
  options.instead_of("--freeze", "--peft-type").instead_of("--freeze", "--adapter");
}

TrainedModel load_trained_model(const std::string& directory, const TransferOptions& o,
                                uint64_t seed, const Common& common) {
  auto adapters = std::make_shared<Adapters>(read_adapters(o.adapters));
  if (!o.peft_type.empty()) adapters->add_new(new_config(o, directory));
  LoadOptions options = adapters->load_options(directory, Use::kTraining, seed);
  if (!o.freeze.empty()) options.trains = all_but(o.freeze);
  TrainedModel trained{load_noted_model(directory, options, common), nullptr};
  const Parameters& parameters = trained.loaded.model->parameters();
  adapters->check_all_used(*trained.loaded.model);
  check_patterns(o.freeze, parameters);
  if (!adapters->empty()) trained.form = adapters;
  if (!common.quiet) say_share(parameters);
  return trained;
}

}  // namespace t5
