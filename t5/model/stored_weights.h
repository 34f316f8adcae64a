// The weights of a directory as parameters of a model: which stored tensor is which parameter, and
// what form it takes in memory.
#pragma once

#include <set>
#include <string>

#include "nn/parameters.h"
#include "t5/model/weights.h"

namespace t5 {

enum class Use {
  kTraining,   // every parameter is trainable and made of floats
  kPrediction  // none is, and matrices that are stored as bfloat16 or int8 stay so: a token takes
               // half or a quarter of the time
};

class StoredWeights {
 public:
  // Throws when the encoder or the decoder has a table of embeddings of its own.
  explicit StoredWeights(const std::string& directory);

  // A parameter as it is called here, or in a model with another head: with or without the
  // "transformer." of the classifiers. Null when there is none.
  const TensorEntry* find(const std::string& name) const;

  // The head is a matrix of its own when the file stores one that differs from the embedding.
  bool untied_head() const;
  const std::string& path() const { return file_.path(); }

  // The stored tensor of that name; one that is missing, or is not of this shape, throws. Float32
  // is mapped, everything else converted, unless it stays as it is to predict. What is read here is
  // checked to be finite; matrices that are mapped to predict are when they are used: finite_pass.
  Var parameter(const std::string& name, const Shape& shape, Use use);

  // Another value takes this one's place: it is not asked for.
  void pass_over(const std::string& name) { used_.insert(name); }

  // Throws when something is stored that no parameter has asked for, but for the aliases of the
  // shared embedding.
  void check_all_used() const;

 private:
  const TensorEntry* embedding() const;
  void check_aliases() const;
  bool same_values(const TensorEntry& a, const TensorEntry& b) const;
  const TensorEntry& stored(const std::string& name, const Shape& shape);
  void check_scales(const TensorEntry& entry);
  std::shared_ptr<const QuantizedMatrix> in_fewer_bits(const TensorEntry& entry,
                                                       const Shape& shape) const;

  Weights file_;
  std::set<std::string> used_;
};

}  // namespace t5
