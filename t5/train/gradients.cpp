#include "t5/train/gradients.h"

#include <algorithm>

#include "autograd/ops/arithmetic.h"
#include "autograd/profile.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// A model of more parameters has products that are worth splitting, and gradients that are not
// worth a second copy.
constexpr int64_t kLargeModel = int64_t{1} << 22;

// A model whose parameters share the memory of `model`'s.
std::unique_ptr<Model> replicate(const Model& model) {
  auto replica = std::make_unique<Model>(model.config(), shared_source(model.parameters()),
                                         !model.tied(), model.parameters().adapters());
  replica->recompute_blocks(model.recomputes_blocks());
  return replica;
}

}  // namespace

BatchGradients::BatchGradients(Model& model) : model_(model) {
  model.parameters().make_writable();
  if (model.parameters().element_count() > kLargeModel) return;
  for (int i = 1; i < thread_count(); ++i) replicas_.push_back(replicate(model));
}

// The longest pairs first, each to the share with the fewest tokens so far.
std::vector<Batch> BatchGradients::split(std::vector<TokenPair> pairs) const {
  size_t count = std::min(replicas_.size() + 1, pairs.size());
  std::vector<Batch> batches;
  auto add = [&](const std::vector<TokenPair>& share) {
    batches.push_back(make_batch(share, model_.config()));
    if (!share.empty()) batches.back().weight = share[0].weight;
  };
  if (count <= 1) {
    add(pairs);
    return batches;
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](auto& a, auto& b) { return a.token_count() > b.token_count(); });
  std::vector<std::vector<TokenPair>> shares(count);
  std::vector<int64_t> tokens(count);
  for (TokenPair& pair : pairs) {
    auto least = std::min_element(tokens.begin(), tokens.end()) - tokens.begin();
    tokens[least] += pair.token_count();
    shares[least].push_back(std::move(pair));
  }
  for (const auto& share : shares) add(share);
  return batches;
}

double BatchGradients::backward(const std::vector<Batch>& shares, const Dropout& dropout,
                                const CrossEntropyOptions& options) {
  try {
    return run(shares, dropout, options);
  } catch (...) {
    model_.parameters().zero_grad();
    for (auto& replica : replicas_) replica->parameters().zero_grad();
    throw;
  }
}

double BatchGradients::run(const std::vector<Batch>& shares, const Dropout& dropout,
                           const CrossEntropyOptions& options) {
  int64_t count = std::ssize(shares);
  std::vector<double> losses(count);
  std::vector<Random> randoms;
  // A draw moves the generator on: the next batch of the same step has other masks.
  Random batch_random(dropout.random != nullptr ? dropout.random->bits() : 0);
  for (int64_t i = 0; i < count; ++i) randoms.push_back(batch_random.fork(i));
  end_lap("batch");
  ThreadProfiles profiles(count);
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Profiling timing(profiles.of(i));
      const Model& model = i == 0 ? model_ : *replicas_[i - 1];
      Dropout mine{dropout.rate, dropout.random != nullptr ? &randoms[i] : nullptr};
      Var loss = model.loss(shares[i], mine, options);
      if (shares[i].weight != 1) loss = loss * static_cast<real>(shares[i].weight);
      losses[i] = loss.item();
      loss.backward();
    }
  });
  profiles.add_up();
  if (count > 1) collect();
  double total = 0;
  for (double loss : losses) total += loss;
  return total;
}

// Parameter by parameter, each in the order of the replicas: the sums are the same in every run.
void BatchGradients::collect() {
  const auto parameters = model_.parameters().trainable();
  std::vector<std::vector<Parameter*>> replicas;
  for (auto& replica : replicas_) replicas.push_back(replica->parameters().trainable());
  parallel_tasks(
      std::ssize(parameters), [&](int64_t k) { return parameters[k]->var.value().size(); },
      [&](int64_t k) {
        for (const auto& replica : replicas) {
          Var& theirs = replica[k]->var;
          if (theirs.grad().defined()) parameters[k]->var.add_grad(theirs.grad());
          theirs.zero_grad();
        }
      });
  end_lap("collect");
}

}  // namespace t5
