// Searches and rules on models so small that every output can be enumerated or worked out by hand.

#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <set>

#include "t5/generation/search.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

constexpr Id kEos = 1;

// A language model of a few tokens: the probabilities of the next one, given those so far.
using Toy = std::function<std::vector<double>(const Ids& tokens)>;

std::vector<real> logits_of(const Toy& toy, const Ids& tokens) {
  std::vector<real> logits;
  // 7: logits are log-probabilities up to a constant, and need not be normalised.
  for (double p : toy(tokens)) logits.push_back(static_cast<real>(std::log(p) + 7));
  return logits;
}

// Drives a search as generate() does, but with the toy as its model.
std::vector<Generated> outputs_of(const Toy& toy, const GenerationOptions& options,
                                  int64_t max_length) {
  Ids input{5, kEos}, prompt{0};
  auto search = make_search(options, {input, {kEos}, 1, max_length}, prompt, Random(1));
  std::vector<Ids> rows(search->rows(), prompt);
  while (!rows.empty()) {
    std::vector<real> logits;
    for (const Ids& row : rows) {
      std::vector<real> one = logits_of(toy, row);
      logits.insert(logits.end(), one.begin(), one.end());
    }
    int64_t vocabulary = std::ssize(logits) / std::ssize(rows);
    std::vector<Ids> next_rows;
    for (const Search::Next& next : search->advance(logits, vocabulary)) {
      next_rows.push_back(rows.at(next.parent));
      next_rows.back().push_back(next.token);
    }
    rows = next_rows;
  }
  return search->results();
}

// Four tokens whose probabilities depend on all tokens so far, drawn once for each beginning.
Toy random_toy(uint64_t seed) {
  return [seed](const Ids& tokens) {
    uint64_t hash = seed;
    for (Id id : tokens) hash = random_bits(hash, static_cast<uint64_t>(id));
    Random random(hash);
    std::vector<double> p(4);
    double total = 0;
    for (double& x : p) total += x = std::exp(1.5 * random.normal());
    for (double& x : p) x /= total;
    return p;
  };
}

// Every output of at most `longest` tokens with its sum of log p, by walking the whole tree.
void enumerate(const Toy& toy, Ids tokens, double log_p, int64_t longest,
               std::vector<Generated>& out) {
  bool ended = tokens.size() > 1 && tokens.back() == kEos;
  if (ended || std::ssize(tokens) - 1 == longest) {
    out.push_back({{tokens.begin() + 1, tokens.end()}, log_p});
    return;
  }
  std::vector<double> p = toy(tokens);
  for (size_t id = 0; id < p.size(); ++id) {
    Ids longer = tokens;
    longer.push_back(static_cast<Id>(id));
    enumerate(toy, longer, log_p + std::log(p[id]), longest, out);
  }
}

GenerationOptions beams(int64_t count, int64_t returned = 1) {
  GenerationOptions options;
  options.num_beams = count;
  options.num_return_sequences = returned;
  return options;
}

// The lesson's example: 2 is likelier at first, but after 3 the next token is nearly certain.
std::vector<double> garden_path(const Ids& tokens) {
  if (tokens.size() == 1) return {0.01, 0.01, 0.55, 0.43};
  if (tokens.size() == 2 && tokens[1] == 2) return {0.3, 0.05, 0.35, 0.3};
  if (tokens.size() == 2) return {0.02, 0.03, 0.9, 0.05};
  return {0.01, 0.97, 0.01, 0.01};
}

}  // namespace

TEST_SUITE("16-generation") {
  TEST_CASE("no-repeat: forbidden is what would make the last n tokens occur a second time") {
    Random random(1);
    for (int64_t n = 1; n <= 4; ++n)
      for (int64_t length = 1; length <= 24; ++length) {
        Ids tokens;
        for (int64_t i = 0; i < length; ++i) tokens.push_back(static_cast<Id>(random.below(4)));
        GenerationOptions options;
        options.no_repeat_ngram_size = n;
        std::vector<real> scores(6, real(0.5));
        for (auto& process : make_processors(options, {tokens, {kEos}, 1, 99}))
          process(tokens, scores);
        for (Id id = 0; id < 6; ++id) {
          Ids longer = tokens;
          longer.push_back(id);
          bool twice = false;
          if (std::ssize(longer) >= n) {
            Ids last(longer.end() - n, longer.end());
            for (int64_t i = 0; i + n < std::ssize(longer); ++i)
              twice |= Ids(longer.begin() + i, longer.begin() + i + n) == last;
          }
          INFO("n = ", n, ", tokens ", fmt::format("{}", tokens), ": token ", id,
               twice ? " would complete an n-gram that is there already, but is allowed"
                     : " completes nothing that is there already, but is forbidden");
          REQUIRE((scores[id] == -std::numeric_limits<real>::infinity()) == twice);
          if (!twice) REQUIRE(scores[id] == real(0.5));
        }
      }
  }

  TEST_CASE("top-p: the likeliest tokens that hold p stay, as few as possible") {
    Random random(2);
    for (double p : {0.05, 0.3, 0.5, 0.8, 0.95, 0.999})
      for (int64_t beam_count : {1, 3}) {
        std::vector<real> scores;
        for (int i = 0; i < 30; ++i) scores.push_back(static_cast<real>(2 * random.normal()));
        std::vector<std::pair<double, Id>> sorted;
        double total = 0, held = 0;
        for (real s : scores) total += std::exp(static_cast<double>(s));
        for (Id id = 0; id < 30; ++id)
          sorted.push_back({std::exp(static_cast<double>(scores[id])) / total, id});
        std::sort(sorted.rbegin(), sorted.rend());
        std::set<Id> kept;
        for (auto& [probability, id] : sorted) {
          // With beams two are kept in any case, so that eos does not stand alone.
          if (held >= p && kept.size() >= (beam_count > 1 ? 2 : 1)) break;
          kept.insert(id);
          held += probability;
        }
        GenerationOptions options = beams(beam_count);
        options.do_sample = true;
        options.top_k = 0;
        options.top_p = p;
        std::vector<real> filtered = scores;
        Ids tokens{0};
        for (auto& process : make_processors(options, {tokens, {kEos}, 1, 99}))
          process(tokens, filtered);
        for (Id id = 0; id < 30; ++id) {
          bool stays = filtered[id] > -std::numeric_limits<real>::infinity();
          INFO("p = ", p, ": token ", id, " with probability ",
               std::exp(static_cast<double>(scores[id])) / total, stays ? " stays" : " is dropped",
               "; ", kept.size(), " tokens hold ", held);
          REQUIRE(stays == (kept.count(id) > 0));
          if (stays) REQUIRE(filtered[id] == scores[id]);
        }
      }
  }

  TEST_CASE("candidates: two beams leave the garden path on which greedy search stays") {
    Generated greedy = outputs_of(garden_path, {}, 4)[0],
              best = outputs_of(garden_path, beams(2), 4)[0];
    CHECK(greedy.ids == Ids{2, 2, 1});
    CHECK(greedy.score == doctest::Approx(std::log(0.55 * 0.35 * 0.97)));
    CHECK(best.ids == Ids{3, 2, 1});
    INFO("the score is the sum of three log-probabilities, divided by the length, 3");
    CHECK(best.score == doctest::Approx(std::log(0.43 * 0.9 * 0.97) / 3));
  }

  TEST_CASE("candidates: each names the beam that it continues and the token, the best first") {
    Ids input{5, kEos}, prompt{0};
    auto search = make_search(beams(2), {input, {kEos}, 1, 9}, prompt, Random(1));
    auto step = [&](const Ids& first, const Ids& second) {
      std::vector<real> logits = logits_of(garden_path, first);
      for (real x : logits_of(garden_path, second)) logits.push_back(x);
      std::string text;
      for (auto [parent, token] : search->advance(logits, 4))
        text += fmt::format("row {} + {}; ", parent, token);
      return text;
    };
    // The beams begin alike, and only the first counts.
    CHECK(step({0}, {0}) == "row 0 + 2; row 0 + 3; ");
    // 0.43 * 0.9 beats 0.55 * 0.35: now the second row leads.
    CHECK(step({0, 2}, {0, 3}) == "row 1 + 2; row 0 + 2; ");
  }

  TEST_CASE("candidates: with beams enough for everything, the best of all outputs are found") {
    for (uint64_t seed = 0; seed < 6; ++seed)
      for (double length_penalty : {0.0, 1.0, 2.0}) {
        Toy toy = random_toy(seed);
        std::vector<Generated> all;
        enumerate(toy, {0}, 0, 4, all);
        for (Generated& g : all)
          g.score /= std::pow(static_cast<double>(g.ids.size()), length_penalty);
        std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.score > b.score; });
        GenerationOptions options = beams(static_cast<int64_t>(all.size()), 5);
        options.length_penalty = length_penalty;
        options.early_stopping = EarlyStopping::kNever;
        std::vector<Generated> found = outputs_of(toy, options, 5);
        for (size_t i = 0; i < found.size(); ++i) {
          INFO("model ", seed, ", length penalty ", length_penalty, ", output ", i);
          CHECK(found[i].ids == all[i].ids);
          CHECK(found[i].score == doctest::Approx(all[i].score));
        }
      }
  }

  TEST_CASE("finished: the score is the sum of log p over the number of new tokens to the power") {
    // One path: 2, 3, then eos, each with probability a half or more.
    Toy toy = [](const Ids& tokens) {
      std::vector<std::vector<double>> p{
          {0.05, 0.05, 0.8, 0.1}, {0.1, 0.1, 0.1, 0.7}, {0.1, 0.6, 0.2, 0.1}};
      return p[std::min<size_t>(tokens.size() - 1, 2)];
    };
    for (double penalty : {-1.0, 0.0, 0.5, 1.0, 2.0}) {
      GenerationOptions options = beams(4, 4);
      options.length_penalty = penalty;
      bool seen = false;
      for (const Generated& output : outputs_of(toy, options, 6)) {
        if (output.ids != Ids{2, 3, 1}) continue;
        seen = true;
        INFO("length penalty ", penalty, ": 3 new tokens, eos counted, the start token not");
        CHECK(output.score == doctest::Approx(std::log(0.8 * 0.7 * 0.6) / std::pow(3, penalty)));
      }
      CHECK(seen);
    }
  }

  TEST_CASE("finished: only candidates among the first num_beams may end") {
    // eos is third of the candidates of two beams: it is passed over, and nothing ends short.
    Toy toy = [](const Ids& tokens) {
      if (tokens.size() == 1) return std::vector<double>{0.1, 0.2, 0.4, 0.3};
      return std::vector<double>{0.01, 0.97, 0.01, 0.01};
    };
    for (const Generated& output : outputs_of(toy, beams(2, 2), 6)) {
      INFO("an output ", fmt::format("{}", output.ids));
      CHECK(output.ids.size() == 2);
    }
  }

  TEST_CASE("finished: as soon as num_beams are, and nothing better can come, the search stops") {
    Toy toy = [](const Ids&) { return std::vector<double>{0.03, 0.9, 0.04, 0.03}; };
    Ids input{5, kEos}, prompt{0};
    auto search = make_search(beams(2, 2), {input, {kEos}, 1, 50}, prompt, Random(1));
    int64_t steps = 0;
    for (bool running = true; running; ++steps) {
      std::vector<real> logits = logits_of(toy, prompt), second = logits;
      logits.insert(logits.end(), second.begin(), second.end());
      running = !search->advance(logits, 4).empty();
    }
    INFO("after one step there is one finished output, after two steps there are three, of which ",
         "two are kept: the list is full, and whatever runs on is far behind");
    CHECK(steps == 2);
  }

  TEST_CASE("finished: the best come first, no two are the same, no more than num_beams") {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      std::vector<Generated> found = outputs_of(random_toy(seed), beams(3, 3), 6);
      REQUIRE(found.size() == 3);
      INFO("model ", seed, ": ", found[0].score, ", ", found[1].score, ", ", found[2].score);
      CHECK(found[0].score >= found[1].score);
      CHECK(found[1].score >= found[2].score);
      CHECK(found[0].ids != found[1].ids);
      CHECK(found[1].ids != found[2].ids);
    }
  }
}
