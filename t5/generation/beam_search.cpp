// Beam search: the num_beams likeliest hypotheses so far, step by step.
//
// What transformers does, and in which order, decides between hypotheses whose scores are close; so
// this follows it step by step. Scores are float, as there.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "t5/generation/search_kinds.h"
#include "tensor/error.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

constexpr float kNever = -1e9F;  // the score of what may not be chosen

struct Candidate {
  int64_t beam;
  Id token;
  float score;  // the sum of log p
};

struct Finished {
  Ids tokens;
  float score;
};

class BeamSearch : public Search {
 public:
  BeamSearch(const GenerationOptions& options, const GenerationContext& context, const Ids& prompt,
             const Random& random)
      : options_(options),
        processors_(make_processors(options, context)),
        eos_(context.eos),
        max_length_(context.max_length),
        prompt_length_(std::ssize(prompt)),
        beams_(options.num_beams, prompt),
        scores_(options.num_beams, kNever),
        random_(random) {
    scores_[0] = 0;  // the beams begin alike: only the first one counts
  }

  int64_t rows() const override { return options_.num_beams; }

  std::vector<Next> advance(std::span<real> logits, int64_t vocabulary) override {
    check(std::ssize(logits) == options_.num_beams * vocabulary,
          "beam search: {} scores instead of {} times {}", logits.size(), options_.num_beams,
          vocabulary);
    std::vector<Candidate> candidates = best_candidates(logits, vocabulary);
    keep_finished(candidates);
    bool all_stop = std::all_of(candidates.begin(), candidates.end(),
                                [this](const Candidate& c) { return stops(c); });
    std::vector<Next> next = keep_running(candidates);
    bool full = std::ssize(finished_) == options_.num_beams;
    bool done = all_stop || (full && options_.early_stopping == EarlyStopping::kTrue) ||
                !improvement_possible();
    return done ? std::vector<Next>() : next;
  }

  std::vector<Generated> results() override {
    std::vector<Generated> out;
    for (int64_t i = 0; i < options_.num_return_sequences; ++i) {
      // With every token forbidden, fewer hypotheses may have ended than are asked for.
      bool ended = i < std::ssize(finished_);
      const Ids& tokens = ended ? finished_[i].tokens : beams_[i];
      out.push_back(
          {{tokens.begin() + prompt_length_, tokens.end()}, ended ? finished_[i].score : kNever});
    }
    return out;
  }

 private:
  int64_t length() const { return std::ssize(beams_[0]); }

  bool stops(const Candidate& c) const {
    return std::count(eos_.begin(), eos_.end(), c.token) > 0 || length() + 1 >= max_length_;
  }

  // length^length_penalty, for `length` generated tokens
  float penalty(int64_t length) const {
    return static_cast<float>(std::pow(static_cast<double>(length), options_.length_penalty));
  }

  // How many continuations are looked at: so many that num_beams remain if all beams end.
  int64_t candidate_count() const {
    return std::max<int64_t>(2, 1 + std::ssize(eos_)) * options_.num_beams;
  }

  // The best continuations of all beams together. The logits, (num_beams, V), become their scores.
  std::vector<Candidate> best_candidates(std::span<real> logits, int64_t vocabulary) {
    // exercise 16-generation/candidates — log-probabilities, rules, the sum so far; then the best
    for (int64_t b = 0; b < options_.num_beams; ++b) {
      std::span<real> row = logits.subspan(b * vocabulary, vocabulary);
      real log_z = log_sum_exp(row.data(), vocabulary);
      for (real& x : row) x -= log_z;
      for (const LogitsProcessor& process : processors_) process(beams_[b], row);
      for (real& x : row) x += scores_[b];
    }
    std::vector<Candidate> out;
    for (int64_t i : chosen(logits, std::min<int64_t>(candidate_count(), std::ssize(logits))))
      out.push_back(
          {i / vocabulary, static_cast<Id>(i % vocabulary), static_cast<float>(logits[i])});
    return out;
    // end exercise
  }

  // The indices of the k largest scores; when sampling, of k drawn without replacement.
  std::vector<int64_t> chosen(std::span<const real> scores, int64_t k) {
    return options_.do_sample ? largest_of(perturbed(scores), k) : largest_of(scores, k);
  }

  // Scores plus Gumbel noise: the k largest are a draw of k without replacement (Vieira 2014).
  std::vector<real> perturbed(std::span<const real> scores) {
    std::vector<real> keys(scores.begin(), scores.end());
    for (real& key : keys) {
      double u = random_.uniform();
      key -= static_cast<real>(std::log(-std::log1p(-u) + 1e-300));
    }
    return keys;
  }

  // The indices of the k largest, the largest first; of equal ones the first.
  static std::vector<int64_t> largest_of(std::span<const real> scores, int64_t k) {
    std::vector<int64_t> best;
    auto better = [&](int64_t a, int64_t b) { return scores[a] > scores[b]; };
    for (int64_t i = 0; i < std::ssize(scores); ++i) {
      if (std::ssize(best) == k && !(scores[i] > scores[best.back()])) continue;
      if (std::ssize(best) == k) best.pop_back();
      best.insert(std::upper_bound(best.begin(), best.end(), i, better), i);
    }
    return best;
  }

  // Hypotheses that end now join the finished ones, of which the best num_beams stay. Only those
  // among the first num_beams candidates count: the others are there to go on with.
  void keep_finished(const std::vector<Candidate>& candidates) {
    bool full = std::ssize(finished_) == options_.num_beams;
    if (full && options_.early_stopping == EarlyStopping::kTrue) return;
    // exercise 16-generation/finished — what ends now is scored by its length and joins the best
    for (int64_t i = 0; i < options_.num_beams && i < std::ssize(candidates); ++i) {
      const Candidate& c = candidates[i];
      if (!stops(c)) continue;
      Ids tokens = beams_[c.beam];
      tokens.push_back(c.token);
      finished_.push_back({tokens, c.score / penalty(length() + 1 - prompt_length_)});
    }
    std::stable_sort(finished_.begin(), finished_.end(),
                     [](auto& a, auto& b) { return a.score > b.score; });
    if (std::ssize(finished_) > options_.num_beams) finished_.resize(options_.num_beams);
    // end exercise
  }

  // The best num_beams candidates that do not end.
  std::vector<Next> keep_running(const std::vector<Candidate>& candidates) {
    std::vector<Candidate> running = candidates;
    for (Candidate& c : running)
      if (stops(c)) c.score += kNever;
    std::stable_sort(running.begin(), running.end(),
                     [](auto& a, auto& b) { return a.score > b.score; });
    running.resize(options_.num_beams);
    std::vector<Next> next;
    std::vector<Ids> beams;
    for (size_t b = 0; b < running.size(); ++b) {
      beams.push_back(beams_[running[b].beam]);
      beams.back().push_back(running[b].token);
      scores_[b] = running[b].score;
      next.push_back({running[b].beam, running[b].token});
    }
    beams_ = std::move(beams);
    return next;
  }

  // Whether the best running hypothesis might still beat the worst finished one.
  bool improvement_possible() const {
    bool full = std::ssize(finished_) == options_.num_beams;
    bool longest = options_.early_stopping == EarlyStopping::kNever && options_.length_penalty > 0;
    int64_t length = (longest ? max_length_ : this->length()) - prompt_length_;
    return scores_[0] / penalty(length) > (full ? finished_.back().score : kNever);
  }

  GenerationOptions options_;
  std::vector<LogitsProcessor> processors_;
  Ids eos_;
  int64_t max_length_, prompt_length_;
  std::vector<Ids> beams_;     // the running hypotheses, the best first
  std::vector<float> scores_;  // of each, the sum of log p
  std::vector<Finished> finished_;
  Random random_;
};

}  // namespace

std::unique_ptr<Search> make_beam_search(const GenerationOptions& options,
                                         const GenerationContext& context, const Ids& prompt,
                                         const Random& random) {
  return std::make_unique<BeamSearch>(options, context, prompt, random);
}

}  // namespace t5
