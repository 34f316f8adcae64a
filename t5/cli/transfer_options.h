// The options about what is trained of a model, and what stands beside it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "t5/cli/program.h"
#include "t5/model/text_model.h"
#include "t5/transfer/adapters.h"

namespace t5 {

// --adapter, of every command that loads a model to use it.
struct AdapterOptions {
  std::vector<std::string> directories;  // "DIR" or "NAME=DIR"
};
void declare_adapters(Options& options, AdapterOptions& o);
Adapters read_adapters(const AdapterOptions& o);

// Loads a model with its tokenizer and these adapters, as load_noted_model does.
TextModel load_adapted_model(const std::string& directory, const AdapterOptions& adapters,
                             const Common& common, bool ids = false);

// Of t5 train: a new adapter, those that are there, and what is frozen.
struct TransferOptions {
  AdapterOptions adapters;
  std::string peft_type;
  AdapterConfig config;
  std::vector<std::string> freeze;
};
void declare_transfer(Options& options, TransferOptions& o);

// The model to train, and what is written of it: null for the whole.
struct TrainedModel {
  TextModel loaded;
  std::shared_ptr<const SavedForm> form;
};
TrainedModel load_trained_model(const std::string& directory, const TransferOptions& o,
                                uint64_t seed, const Common& common);

}  // namespace t5
