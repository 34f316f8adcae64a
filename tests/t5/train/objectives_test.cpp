// The objectives beside span corruption: worked examples, what none of them may lose, and how often
// each draw comes. Seeds are fixed: nothing is flaky.
#include "t5/train/objectives.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Ids 3 … 199 are text, 200 … 209 sentinels.
Markers small_markers() {
  Markers markers{{}, 1, 210};
  for (Id k = 0; k < 10; ++k) markers.sentinels.push_back(209 - k);
  return markers;
}

Ids text_of(int64_t length) {
  Ids ids(length);
  std::iota(ids.begin(), ids.end(), 10);
  return ids;
}

Ids without_eos(Ids ids) {
  REQUIRE(!ids.empty());
  REQUIRE(ids.back() == 1);
  ids.pop_back();
  return ids;
}

constexpr int kLength = 100, kDraws = 2000;

// Whether `count` of `n` draws agrees with a share, within five standard deviations.
void check_share(int64_t count, double n, double share) {
  INFO("drawn ", count, " times of ", n, ", expected a share of ", share);
  CHECK(std::abs(static_cast<double>(count) - n * share) < 5 * std::sqrt(n * share * (1 - share)));
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("objectives: of a text of two tokens, everything that each can make") {
    using Pairs = std::set<std::pair<Ids, Ids>>;
    auto all = [](const char* name) {
      Objective objective = objective_kind(name).make({0.5, 1}, small_markers());
      Pairs pairs;
      for (uint64_t seed = 0; seed < 200; ++seed) {
        TokenPair pair = objective(Ids{10, 11}, Random(seed));
        pairs.emplace(pair.input, pair.target);
      }
      return pairs;
    };
    const Id m = 209;  // the first sentinel
    const Ids text = {10, 11, 1};
    CHECK(all("mass") ==
          Pairs{{text, text}, {{m, 11, 1}, text}, {{10, m, 1}, text}, {{m, m, 1}, text}});
    CHECK(all("drop-tokens") ==
          Pairs{{text, {1}}, {{11, 1}, {10, 1}}, {{10, 1}, {11, 1}}, {{1}, text}});
    CHECK(all("deshuffling") == Pairs{{text, text}, {{11, 10, 1}, text}});
    CHECK(all("lm") == Pairs{{{1}, text}});
    CHECK(all("prefix-lm") == Pairs{{{10, 1}, {11, 1}}});
    CHECK(all("iid-denoising") == Pairs{{text, {1}},
                                        {{m, 11, 1}, {m, 10, 1}},
                                        {{10, m, 1}, {m, 11, 1}},
                                        {{m, 1}, {m, 10, 11, 1}}});
  }

  TEST_CASE("bert: 15 % are hidden, nine tenths of them by the mark, the rest by any other token") {
    Ids text(kLength, 50);
    Objective objective = objective_kind("bert").make({}, small_markers());
    int64_t marks = 0, random = 0;
    std::map<Id, int> drawn;
    for (uint64_t seed = 0; seed < kDraws; ++seed) {
      TokenPair pair = objective(text, Random(seed));
      REQUIRE(without_eos(pair.target) == text);
      for (Id id : without_eos(pair.input)) {
        marks += id == 209;
        if (id == 209 || id == 50) continue;
        ++random;
        ++drawn[id];
      }
    }
    constexpr double kTokens = kLength * kDraws, kOthers = 197;
    check_share(marks, kTokens, 0.15 * 0.9);
    check_share(random, kTokens, 0.15 * 0.1 * (kOthers - 1) / kOthers);
    CHECK(drawn.size() == 196);  // every token of text but 50, and none of the sentinels
    CHECK(drawn.begin()->first == 3);
    CHECK(drawn.rbegin()->first == 199);
  }

  TEST_CASE("mass and drop-tokens hide 15 %, deshuffling moves every token anywhere") {
    Ids text = text_of(kLength);
    int64_t marks = 0, dropped = 0;
    std::vector<int> first(kLength);
    for (uint64_t seed = 0; seed < kDraws; ++seed) {
      Random random(seed);
      Ids masked = objective_kind("mass").make({}, small_markers())(text, random).input;
      marks += std::count(masked.begin(), masked.end(), 209);
      TokenPair pair = objective_kind("drop-tokens").make({}, small_markers())(text, random);
      Ids kept = without_eos(pair.input), gone = without_eos(pair.target), both;
      dropped += std::ssize(gone);
      std::merge(kept.begin(), kept.end(), gone.begin(), gone.end(), std::back_inserter(both));
      REQUIRE(both == text);  // in order, nothing lost, nothing twice
      pair = objective_kind("deshuffling").make({}, small_markers())(text, random);
      ++first[pair.input.front() - 10];
      REQUIRE(without_eos(pair.target) == text);
      REQUIRE(std::is_permutation(text.begin(), text.end(), pair.input.begin()));
    }
    check_share(marks, kLength * kDraws, 0.15);
    check_share(dropped, kLength * kDraws, 0.15);
    for (int count : first) CHECK(std::abs(count - 20) < 25);
  }

  TEST_CASE("every objective fills the input that was asked for, and is a function of its draw") {
    auto bytes = make_byte_tokenizer(125);
    for (const ObjectiveKind& kind : objective_kinds())
      for (int64_t inputs : {3, 16, 64, 512}) {
        INFO(kind.name, ", inputs of ", inputs);
        int64_t length = kind.chunk_length(inputs, {});
        Objective objective = kind.make({}, markers_of(*bytes));
        TokenPair pair = objective(text_of(length), Random(inputs));
        bool whole = std::string(kind.name) == "bert" || std::string(kind.name) == "mass" ||
                     std::string(kind.name) == "deshuffling";
        if (std::string(kind.name) != "iid-denoising")  // whose holes are as many as are drawn
          CHECK(std::ssize(pair.input) <= inputs);
        if (whole) CHECK(std::ssize(pair.input) == inputs);
        CHECK(pair.input.back() == 1);
        CHECK(pair.target.back() == 1);
        TokenPair again = objective(text_of(length), Random(inputs));
        CHECK(again.input == pair.input);
        CHECK(again.target == pair.target);
        CHECK(objective(Ids{10}, Random(1)).target.back() == 1);  // the last chunk may be short
      }
  }

  TEST_CASE("objectives: what has no sentinels, and an unknown name, are refused with the remedy") {
    CHECK(error_of([] { masked_text({}, {}, 0); }).find("--extra-ids") != std::string::npos);
    CHECK(error_of([] { objective_kind("cloze"); }) ==
          "objective: 'cloze' is not one of span-corruption, iid-denoising, prefix-lm, bert, mass, "
          "drop-tokens, deshuffling, lm");
    CHECK(error_of([] { objective_kind("lm").chunk_length(2, {}); }).find("at least 3") !=
          std::string::npos);
  }
}
