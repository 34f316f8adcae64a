// What an adapter is: the config of a small set of parameters that change a model whose own
// weights stay as they are. Read and written as PEFT has it, adapter_config.json, for LoRA, IA3 and
// prompt tuning; a bottleneck (Houlsby et al. 2019) is in the same file under a type of our own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "t5/files/json.h"

namespace t5 {

struct AdapterConfig {
  std::string type = "LORA";  // PEFT's peft_type, see adapter_types()
  std::string base = "";      // base_model_name_or_path: what it was made for; "" where not known
  // The linear layers that are adapted: ends of their names, "q" or "SelfAttention.q"; a regular
  // expression of whole names, alone; or "all-linear". Empty: the type's own choice.
  std::vector<std::string> target_modules = {};
  bool targets_are_pattern = false;
  std::vector<std::string> feedforward_modules = {};  // IA3: those that it scales on their way in
  std::vector<std::string> modules_to_save = {};      // parts of the base that are trained as well
  int64_t r = 8;                                      // LoRA's rank
  double lora_alpha = 8, lora_dropout = 0;
  bool use_rslora = false;          // alpha / sqrt(r) in place of alpha / r
  int64_t num_virtual_tokens = 20;  // of prompt tuning
  int64_t bottleneck_size = 64;     // of a bottleneck

  bool has_prompt() const { return type == "PROMPT_TUNING"; }
  // Whether the linear layer of that name is adapted: "encoder.block.0.layer.0.SelfAttention.q".
  bool adapts(const std::string& module) const;
  bool is_feedforward(const std::string& module) const;
  // Whether the base's parameter of that name is trained and saved with the adapter.
  bool saves(const std::string& parameter) const;
  // alpha / r, or alpha / sqrt(r) (Kalajdzievski 2023): what B A x counts.
  double lora_scale() const;
};

// "LORA", "IA3", "PROMPT_TUNING", "BOTTLENECK".
const std::vector<std::string>& adapter_types();

// The type's own targets where none are named: those of PEFT for T5. Throws Error for a number out
// of its bounds, and for a pattern that is none.
AdapterConfig completed(AdapterConfig config);

// DIRECTORY/adapter_config.json, completed. Throws Error for a type that is not known here, and
// for a setting that would change the outputs and is not known either; it names both.
AdapterConfig read_adapter_config(const std::string& directory);
std::string adapter_config_text(const AdapterConfig& config);

}  // namespace t5
