#include "t5/generation/drafts.h"

#include <algorithm>

#include "t5/generation/search_kinds.h"
#include "tensor/ops/few_rows.h"
#include "tensor/ops/quantized.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

bool is_decoder_matrix(const Parameter& p) {
  return p.name.starts_with("decoder.") && p.var.shape().rank() == 2 &&
         p.name.find("relative_attention_bias") == std::string::npos;
}

// Whether a token's scores have the same bits in a pass over several: every product must be of the
// kind that few_rows.h and quantized.h describe.
bool same_bits_together(const Model& model) {
  auto alike = [](const Var& matrix) {
    return matrix.quantized() != nullptr || matrix.shape().size() >= kLargeMatrix;
  };
  for (const Parameter& p : model.parameters().all())
    if (is_decoder_matrix(p) && !alike(p.var)) return false;
  return alike(model.head().table);
}

Var in_int8(const Tensor& matrix) {
  auto rows = std::make_shared<Int8Rows>(matrix.shape());
  const real* data = matrix.data();
  parallel_for(matrix.dim(0), kElementGrain / rows->width + 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) rows->round(o, data + o * rows->width);
  });
  return Var(std::make_shared<const QuantizedMatrix>(rows));
}

}  // namespace

Ids copied_draft(std::span<const Id> input, std::span<const Id> written, int64_t most,
                 int64_t longest) {
  Ids all(input.begin(), input.end());
  all.insert(all.end(), written.begin(), written.end());
  for (int64_t n = std::min(longest, std::ssize(written)); n >= 2; --n) {
    auto last = all.end() - n;
    // The last place but the end itself; what follows it lies before the end.
    auto found = std::find_end(all.begin(), all.end() - 1, last, all.end());
    if (found == all.end() - 1) continue;
    auto next = found + n;
    return {next, next + std::min<int64_t>(most, all.end() - next)};
  }
  return {};
}

int64_t DraftLength::next(int64_t most) const {
  double p = held_ / (held_ + failed_), tokens = 1, power = 1, best_rate = 1;
  int64_t best = 0;
  for (int64_t k = 1; k <= most; ++k) {
    tokens += power *= p;
    double rate = tokens / (1 + static_cast<double>(k) * cost_);
    if (rate > best_rate) {
      best_rate = rate;
      best = k;
    }
  }
  return best;
}

// Guesses after the first that failed were not put to the test. What is long past counts less.
void DraftLength::count(int64_t guessed, int64_t held) {
  constexpr double kKept = 0.9;
  held_ = kKept * held_ + static_cast<double>(held);
  failed_ = kKept * failed_ + (held < guessed ? 1 : 0);
}

bool DraftModel::pays(const Model& model) {
  constexpr int64_t kLarge = int64_t{1} << 23;  // numbers: more than stay in a cache
  int64_t numbers = 0;
  for (const Parameter& p : model.parameters().all())
    if (is_decoder_matrix(p) && p.var.quantized() == nullptr) numbers += p.var.shape().size();
  return numbers >= kLarge && same_bits_together(model);
}

DraftModel::DraftModel(const Model& model) {
  Parameters::Source source = [&](const std::string& name, const Shape&, const Init&) {
    const Var& var = *model.parameters().find(name);
    bool rounded =
        is_decoder_matrix({name, var}) || name == "shared.weight" || name == "lm_head.weight";
    if (var.quantized() != nullptr) return var;
    return rounded ? in_int8(var.value()) : Var(var.value());
  };
  model_ = std::make_unique<Model>(model.config(), source, !model.tied());
}

DecoderState DraftModel::start(const DecoderState& state) const {
  const Config& config = model_->config();
  KeyValueCache written(config.num_decoder_layers, config.num_heads * config.d_kv);
  written.add_rows(state.rows());
  return {written, state.read};
}

Ids DraftModel::guess(const Ids& unread, int64_t count, DecoderState& state) const {
  NoGrad no_grad;
  VocabularyHead head = model_->head();
  Ids tokens = unread, guesses;
  while (true) {
    Tensor states = model_->step(tokens, Segments({std::ssize(tokens)}), state);
    Tensor logits = head(Var(states.slice(0, states.dim(0) - 1, states.dim(0)))).value();
    guesses.push_back(
        static_cast<Id>(largest({logits.data(), static_cast<size_t>(logits.size())})));
    if (std::ssize(guesses) == count) return guesses;
    tokens = {guesses.back()};
  }
}

// The times are those of t5-small on one core of an AMD EPYC (Zen 4).
Drafts::Drafts(const Model& model, const GenerationOptions& options, const Ids& input,
               const Ids& prompt, MakeModel make_model)
    : input_(input),
      written_(prompt),
      copies_(0, 0.1),
      models_(0.35, 0.1),
      make_model_(std::move(make_model)) {
  constexpr int64_t kMost = kFewRows - 1;
  // A list of answers has a head of its own, of few tokens.
  bool alike = same_bits_together(model) && options.allowed_outputs.empty();
  auto wish = [&](int64_t asked) {
    return asked >= 0 ? std::min(asked, kMost) : alike ? kMost : 0;
  };
  most_copied_ = wish(options.prompt_lookup_num_tokens);
  most_modelled_ = wish(options.num_assistant_tokens);
}

Ids Drafts::copied() {
  last_ = &copies_;
  int64_t most = copies_.next(most_copied_);
  return most == 0 ? Ids() : copied_draft(input_, written_, most);
}

Ids Drafts::modelled(const DecoderState& state) {
  last_ = &models_;
  int64_t count = models_.next(most_modelled_);
  const DraftModel* model = count == 0 ? nullptr : make_model_();
  if (model == nullptr) return {};
  if (state_.rows() == 0) state_ = model->start(state);
  state_.truncate(0, std::min(state_.length(0), state.length(0)));
  return model->guess({written_.begin() + state_.length(0), written_.end()}, count, state_);
}

Ids Drafts::guess(const DecoderState& state) {
  draft_ = copied();
  if (draft_.empty()) draft_ = modelled(state);
  return draft_;
}

void Drafts::count(int64_t held, Id chosen) {
  if (!draft_.empty()) last_->count(std::ssize(draft_), held);
  written_.insert(written_.end(), draft_.begin(), draft_.begin() + held);
  written_.push_back(chosen);
}

}  // namespace t5
