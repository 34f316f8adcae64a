#include "t5/generation/generate.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "t5/generation/search_kinds.h"
#include "t5/model/finite_pass.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

void check_ids(const char* option, std::span<const Id> ids, int64_t vocabulary) {
  for (Id id : ids)
    check(id >= 0 && id < vocabulary, "generate: {}: id {} is outside the vocabulary of {}", option,
          id, vocabulary);
}

// Scores of all rows that are decoded together: half a gigabyte of them.
constexpr int64_t kMaxScores = 1 << 27;

// Of one input.
int64_t scores_per_step(const GenerationOptions& o, int64_t vocabulary) {
  return std::max(o.num_beams, o.num_return_sequences) * vocabulary;
}

void check_options(const GenerationOptions& o, int64_t vocabulary) {
  int64_t count = o.num_return_sequences;
  check(!o.do_sample || o.unknown_filter.empty(),
        "{}: is not known here, and the draws would not be transformers'; set it to null to draw "
        "without it",
        o.unknown_filter);
  check(!o.do_sample || (o.temperature > 0 && o.typical_p > 0),
        "generate: temperature {} and typical_p {} must be above 0 to sample", o.temperature,
        o.typical_p);
  check(scores_per_step(o, vocabulary) <= kMaxScores,
        "generate: {} beams or sequences with {} scores each are more than {} at a time; ask for "
        "fewer",
        std::max(o.num_beams, count), vocabulary, kMaxScores);
  check(count == 1 || o.do_sample || o.num_beams > 1,
        "generate: num_return_sequences {} needs do_sample or num_beams: greedy search has one "
        "answer",
        count);
  check(o.num_beams == 1 || count <= o.num_beams,
        "generate: num_return_sequences {} is more than num_beams {}", count, o.num_beams);
  check_ids("prefix", o.prefix, vocabulary);
  for (const Ids& output : o.allowed_outputs) check_ids("allowed outputs", output, vocabulary);
  check_ids("eos_token_id", tokens_of(o.eos_token_id), vocabulary);
  check_ids("forced_bos_token_id", tokens_of(o.forced_bos_token_id), vocabulary);
  check_ids("forced_eos_token_id", tokens_of(o.forced_eos_token_id), vocabulary);
}

// The tokens that end an output.
Ids ends_of(const Model& model, const GenerationOptions& options) {
  return tokens_of(options.eos_token_id.empty() ? Ids{model.config().eos_token_id}
                                                : options.eos_token_id);
}

// The tokens of a list of answers: the only ones that can occur.
Ids possible_tokens(const Model& model, const GenerationOptions& options) {
  Ids ends = ends_of(model, options);
  std::set<Id> ids(ends.begin(), ends.end());
  for (const Ids& output : options.allowed_outputs) ids.insert(output.begin(), output.end());
  return {ids.begin(), ids.end()};
}

// Greedy search without scores needs the largest logit alone, and those of the tokens that a rule
// may forbid in it. Rules that depend on what was written, or on the scores, need them all.
bool needs_the_largest_alone(const GenerationOptions& o) {
  return o.num_beams == 1 && !o.do_sample && o.allowed_outputs.empty() &&
         o.repetition_penalty == 1 && o.no_repeat_ngram_size == 0 &&
         o.encoder_no_repeat_ngram_size == 0 && o.bad_words_ids.empty();
}

// The tokens that such a rule may forbid.
Ids forbidden_tokens(const Model& model, const GenerationOptions& options) {
  Ids forbidden;
  for (const Ids& ids :
       {ends_of(model, options), options.suppress_tokens, options.begin_suppress_tokens})
    for (Id id : ids)
      if (id >= 0 && id < model.config().vocab_size) forbidden.push_back(id);
  return forbidden;
}

// The searches of one batch of inputs, and the rows that each has at the moment.
class Decoding {
 public:
  Decoding(const Model& model, const std::vector<Ids>& inputs, std::span<const int64_t> chosen,
           const GenerationOptions& options, const Scorer& scorer, bool scored)
      : model_(model), scorer_(scorer), scored_(scored), prompt_{start_of(model, options)} {
    prompt_.insert(prompt_.end(), options.prefix.begin(), options.prefix.end());
    Ids tokens;
    Segments segments;
    std::vector<int64_t> parents;
    for (int64_t i : chosen) {
      tokens.insert(tokens.end(), inputs[i].begin(), inputs[i].end());
      segments.push_back(std::ssize(inputs[i]));
      Random random = Random(options.seed).fork(static_cast<uint64_t>(options.first_input + i));
      searches_.push_back({i, make_search(options, context(inputs[i], options), prompt_, random)});
      searches_.back().rows = searches_.back().search->rows();
      parents.insert(parents.end(), searches_.back().rows, std::ssize(searches_) - 1);
    }
    state_ = finite_pass(model, [&] { return model.start(tokens, segments); });
    read_prefix();
    state_.reorder(parents);
  }

  void run(const TokenCallback& on_token) {
    Ids last(state_.rows(), prompt_.back());
    while (!last.empty()) {
      Segments news(std::vector<int64_t>(last.size(), 1));
      last = advance(scorer_(step(last, news)), on_token);
    }
  }

  bool has_one_row() const { return state_.rows() == 1 && searches_[0].rows == 1; }

  // The same for a single row, whose next tokens are guessed: each is checked as a step would be.
  void run_drafted(Drafts drafts, const TokenCallback& on_token) {
    Ids last{prompt_.back()};
    while (!last.empty()) {
      Ids draft = drafts.guess(state_), tokens = last;
      tokens.insert(tokens.end(), draft.begin(), draft.end());
      int64_t held = 0, guessed = std::ssize(draft);
      Tensor logits = scorer_(step(tokens, Segments({guessed + 1})));
      auto next = [&] { return advance(logits.slice(0, held, held + 1), on_token); };
      for (last = next(); held < guessed && last == Ids{draft[held]}; last = next()) ++held;
      if (last.empty()) return;
      state_.truncate(0, state_.length(0) - (guessed - held));
      drafts.count(held, last[0]);
    }
  }

  const Ids& prompt() const { return prompt_; }

  void collect(int64_t per_input, std::vector<Generated>& outputs) {
    for (Running& running : searches_) {
      auto results = running.search->results();
      std::move(results.begin(), results.end(), outputs.begin() + running.input * per_input);
    }
  }

 private:
  static Id start_of(const Model& model, const GenerationOptions& options) {
    int64_t id = options.decoder_start_token_id >= 0 ? options.decoder_start_token_id
                 : options.bos_token_id >= 0         ? options.bos_token_id
                                                     : model.config().decoder_start_token_id;
    check(id < model.config().vocab_size, "generate: {}: id {} is outside the vocabulary of {}",
          "decoder_start_token_id", id, model.config().vocab_size);
    return static_cast<Id>(id);
  }

  // The prompt but for its last token, in one pass, for each input once.
  void read_prefix() {
    if (prompt_.size() == 1) return;
    Ids tokens;
    Segments news;
    for (int64_t row = 0; row < state_.rows(); ++row) {
      tokens.insert(tokens.end(), prompt_.begin(), prompt_.end() - 1);
      news.push_back(std::ssize(prompt_) - 1);
    }
    step(tokens, news);
  }

  Tensor step(const Ids& tokens, const Segments& news) {
    return finite_pass(model_, [&] { return model_.step(tokens, news, state_); });
  }

  struct Running {
    int64_t input;
    std::unique_ptr<Search> search;
    int64_t rows = 0, first = 0;
    std::vector<Search::Next> next = {};
  };

  GenerationContext context(const Ids& input, const GenerationOptions& options) const {
    int64_t prompt = std::ssize(prompt_), longest = prompt + kDefaultNewTokens;
    if (options.max_length > 0) longest = options.max_length;
    if (options.max_new_tokens > 0) longest = prompt + options.max_new_tokens;
    check(longest > prompt,
          "generate: max_length {} leaves no room after the {} tokens it begins with", longest,
          prompt);
    return {input, ends_of(model_, options), prompt, longest, scored_};
  }

  // One step of every search; returns the tokens of the rows that go on.
  Ids advance(Tensor logits, const TokenCallback& on_token) {
    int64_t vocabulary = logits.dim(1), rows = 0;
    for (Running& running : searches_) {
      running.first = rows;
      rows += running.rows;
    }
    real* data = logits.mutable_data();
    parallel_items(std::ssize(searches_), [&](int64_t i, int64_t) {
      Running& r = searches_[i];
      if (r.rows > 0)
        r.next = r.search->advance(
            {data + r.first * vocabulary, static_cast<size_t>(r.rows * vocabulary)}, vocabulary);
    });
    Ids last;
    std::vector<int64_t> parents;
    for (Running& running : searches_) {
      for (const Search::Next& next : running.next) {
        parents.push_back(running.first + next.parent);
        last.push_back(next.token);
        if (on_token) on_token(running.input, next.token);
      }
      running.rows = std::ssize(running.next);
      running.next.clear();
    }
    bool same = std::ssize(parents) == rows;
    for (int64_t row = 0; row < rows && same; ++row) same = parents[row] == row;
    if (!same) state_.reorder(parents);
    return last;
  }

  const Model& model_;
  const Scorer& scorer_;
  bool scored_;
  Ids prompt_;
  std::vector<Running> searches_;
  DecoderState state_;
};

}  // namespace

std::unique_ptr<Search> make_search(const GenerationOptions& options,
                                    const GenerationContext& context, const Ids& prompt,
                                    const Random& random) {
  auto make = options.num_beams > 1 ? make_beam_search : make_independent_rows;
  return make(options, context, prompt, random);
}

// Beams need all logits: their scores are probabilities among all tokens.
Scorer Generator::scorer(const GenerationOptions& options, bool scored) {
  // To make a screen takes as long as it saves in about so many steps.
  constexpr int64_t kStepsWithoutScreen = 8;
  VocabularyHead head = model_.head();
  if (!options.allowed_outputs.empty() && options.num_beams == 1)
    return score_few(head, possible_tokens(model_, options));
  Scorer all = score_all(head);
  if (scored || !needs_the_largest_alone(options) || !HeadScreen::pays(head.table)) return all;
  Ids apart = forbidden_tokens(model_, options);
  return [=, this, largest = Scorer()](const Tensor& states) mutable {
    if (states.dim(0) > HeadScreen::kMaxRows) return all(states);
    if (++steps_ == kStepsWithoutScreen) screen_.emplace(head.table.value());
    if (screen_ && !largest) largest = score_largest(head, *screen_, apart);
    return largest ? largest(states) : all(states);
  };
}

const DraftModel* Generator::draft_model() {
  // To make one takes as long as it saves in about so many steps.
  constexpr int64_t kStepsWithoutDrafts = 24;
  if (draft_model_) return &*draft_model_;
  if (!drafts_pay_ || ++draft_steps_ < kStepsWithoutDrafts) return nullptr;
  return &draft_model_.emplace(model_);
}

// Looks at the first scores, which are made of the whole head or of all that is asked of it.
Scorer Generator::checked_once(Scorer scorer) const {
  return [scorer, is_checked = false, &model = model_](const Tensor& states) mutable {
    if (is_checked) return scorer(states);
    is_checked = true;
    return finite_pass(model, [&] { return scorer(states); });
  };
}

std::vector<Generated> Generator::generate_all(const std::vector<Ids>& inputs,
                                               const GenerationOptions& options, bool scored,
                                               const TokenCallback& on_token) {
  check_options(options, model_.config().vocab_size);
  for (const Ids& input : inputs)
    check(!input.empty(), "generate: an input has no tokens, not even eos");
  // Inputs of like length give outputs of like length: together they keep batches full.
  std::vector<int64_t> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return inputs[a].size() < inputs[b].size(); });
  int64_t per_input = options.num_return_sequences;
  std::vector<Generated> outputs(inputs.size() * per_input);
  Scorer scorer = checked_once(this->scorer(options, scored));
  auto draft_model = [this] { return this->draft_model(); };
  int64_t most = kMaxScores / scores_per_step(options, model_.config().vocab_size);
  auto together = static_cast<size_t>(std::min(options.batch_size, most));
  for (size_t begin = 0; begin < order.size(); begin += together) {
    size_t count = std::min(together, order.size() - begin);
    Decoding decoding(model_, inputs, std::span(order).subspan(begin, count), options, scorer,
                      scored);
    if (decoding.has_one_row())
      decoding.run_drafted({model_, options, inputs[order[begin]], decoding.prompt(), draft_model},
                           on_token);
    else
      decoding.run(options.num_beams > 1 ? TokenCallback() : on_token);
    decoding.collect(per_input, outputs);
  }
  return outputs;
}

std::vector<Generated> Generator::generate_scored(const std::vector<Ids>& inputs,
                                                  const GenerationOptions& options,
                                                  const TokenCallback& on_token) {
  return generate_all(inputs, options, true, on_token);
}

std::vector<Ids> Generator::generate(const std::vector<Ids>& inputs,
                                     const GenerationOptions& options,
                                     const TokenCallback& on_token) {
  std::vector<Ids> ids;
  for (Generated& output : generate_all(inputs, options, false, on_token))
    ids.push_back(std::move(output.ids));
  return ids;
}

std::vector<Generated> generate_scored(const Model& model, const std::vector<Ids>& inputs,
                                       const GenerationOptions& options,
                                       const TokenCallback& on_token) {
  return Generator(model).generate_scored(inputs, options, on_token);
}

std::vector<Ids> generate(const Model& model, const std::vector<Ids>& inputs,
                          const GenerationOptions& options, const TokenCallback& on_token) {
  return Generator(model).generate(inputs, options, on_token);
}

}  // namespace t5
