// What a run writes of its model, and reads back at its end: the whole model with its tokenizer, or
// an adapter alone (t5/transfer).
#pragma once

#include <string>

#include "t5/model/directory.h"

namespace t5 {

class SavedForm {
 public:
  virtual ~SavedForm() = default;
  // Throws Error when it cannot be written there without replacing a file.
  virtual void check_room(const std::string& directory) const = 0;
  virtual void save(const Model& model, DirectoryUpdate& to) const = 0;
  // The values of the trainable parameters as they were saved.
  virtual void restore(Model& model, const std::string& directory) const = 0;
};

// config.json, generation_config.json, model.safetensors, and these files of the tokenizer's.
class WholeModel final : public SavedForm {
 public:
  explicit WholeModel(TokenizerFiles tokenizer) : tokenizer_(std::move(tokenizer)) {}
  void check_room(const std::string& directory) const override;
  void save(const Model& model, DirectoryUpdate& to) const override;
  void restore(Model& model, const std::string& directory) const override;

 private:
  TokenizerFiles tokenizer_;
};

}  // namespace t5
