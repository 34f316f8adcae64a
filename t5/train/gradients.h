// The gradient of a batch, computed on all cores.
#pragma once

#include "t5/model/model.h"

namespace t5 {

// There are two ways to use several threads. In a large model each matrix product is split among
// them. In a small one the threads would wait for each other at every product and read what the
// other one's cache holds; there each thread takes a share of the sentences and a replica of the
// model, which has the same weights and gradients of its own, and the gradients are added up:
// the gradient of a sum is the sum of the gradients.
class BatchGradients {
 public:
  // The model's weights must not be replaced afterwards, only changed in place.
  explicit BatchGradients(Model& model);

  // A batch of pairs of one weight, in as many shares as there are replicas, of about equal cost.
  std::vector<Batch> split(std::vector<TokenPair> pairs) const;

  // Adds the gradients of the loss of all shares together, sum over labels / options.normalizer
  // times the shares' weight, to those of the model's parameters, and returns that loss. When a
  // share throws, no gradient stays in the model or a replica: half of one would count with the
  // next batch.
  double backward(const std::vector<Batch>& shares, const Dropout& dropout,
                  const CrossEntropyOptions& options);

 private:
  double run(const std::vector<Batch>& shares, const Dropout& dropout,
             const CrossEntropyOptions& options);
  void collect();  // adds the replicas' gradients to the model's, and zeroes them

  Model& model_;
  std::vector<std::unique_ptr<Model>> replicas_;  // of threads 1, 2, …; thread 0 has the model
};

}  // namespace t5
