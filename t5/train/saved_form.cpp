#include "t5/train/saved_form.h"

namespace t5 {

void WholeModel::check_room(const std::string& directory) const {
  check_room_for_model(directory, tokenizer_);
}

void WholeModel::save(const Model& model, DirectoryUpdate& to) const {
  save_model(model, to);
  write_tokenizer_files(tokenizer_, to);
}

void WholeModel::restore(Model& model, const std::string& directory) const {
  auto saved = load_model(directory);
  for (Parameter* p : model.parameters().trainable())
    p->var.mutable_value().copy_from(saved->parameters().find(p->name)->value());
}

}  // namespace t5
