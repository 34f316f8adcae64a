// Span corruption: published lengths, properties of masks and examples, and the distributions that
// a wrong draw would change. Seeds are fixed: nothing is flaky.
#include "t5/train/span_corruption.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "t5/train/objectives.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Lengths = std::vector<int64_t>;

// The sentinels of the published vocabulary: <extra_id_0> is 32099, <extra_id_99> is 32000.
Markers published_markers() {
  Markers markers;
  for (Id k = 0; k < 100; ++k) markers.sentinels.push_back(32099 - k);
  return markers;
}

Ids counting_ids(int64_t length) {
  Ids ids(length);
  std::iota(ids.begin(), ids.end(), 100);
  return ids;
}

std::string text_of(const std::vector<bool>& is_hidden) {
  std::string text;
  for (bool hidden : is_hidden) text += hidden ? '#' : '.';
  return text;
}

// The lengths of the runs of `value`.
Lengths runs(const std::vector<bool>& mask, bool value) {
  Lengths lengths;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != value) continue;
    if (i == 0 || mask[i - 1] != value) lengths.push_back(0);
    ++lengths.back();
  }
  return lengths;
}

// Puts what the target says into the input's holes.
Ids filled_in(const TokenPair& pair, const Markers& markers) {
  Ids text;
  auto is_sentinel = [&](Id id) {
    return std::count(markers.sentinels.begin(), markers.sentinels.end(), id) > 0;
  };
  for (Id id : pair.input) {
    if (id == markers.eos) break;
    if (!is_sentinel(id)) {
      text.push_back(id);
      continue;
    }
    auto at = std::find(pair.target.begin(), pair.target.end(), id);
    REQUIRE(at != pair.target.end());
    for (++at; at != pair.target.end() && !is_sentinel(*at) && *at != markers.eos; ++at)
      text.push_back(*at);
  }
  return text;
}

// Whether all `cells` outcomes of `draw` come equally often: chi-square within four deviations.
void check_uniform(int64_t cells, const std::function<Lengths()>& draw) {
  constexpr int kDraws = 20000;
  std::map<Lengths, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[draw()];
  CHECK(counts.size() == static_cast<size_t>(cells));
  double expected = static_cast<double>(kDraws) / static_cast<double>(cells), chi = 0;
  for (const auto& [lengths, count] : counts) {
    chi += (count - expected) * (count - expected) / expected;
    INFO("lengths ", fmt::format("{}", fmt::join(lengths, " ")), ": drawn ", count, " times of ",
         kDraws, ", expected about ", expected);
    CHECK(std::abs(count - expected) < 6 * std::sqrt(expected));
  }
  double freedom = static_cast<double>(cells - 1);
  CHECK(std::abs(chi - freedom) < 4 * std::sqrt(2 * freedom));
}

}  // namespace

TEST_SUITE("13-span-corruption") {
  TEST_CASE("noise counts: halves go to the even neighbour, and something is always left") {
    struct Row {
      int64_t length, noise, spans;
    };
    // 0.15 * 10 = 1.5 -> 2; 0.15 * 30 = 4.5 -> 4; 0.15 * 50 = 7.5 -> 8; 0.15 * 568 = 85.2
    for (Row row : {Row{1, 1, 1}, {2, 1, 1}, {10, 2, 1}, {30, 4, 1}, {50, 8, 3}, {568, 85, 28}}) {
      NoiseCounts counts = noise_counts(row.length, {});
      INFO("of ", row.length, " tokens");
      CHECK(counts.noise == row.noise);
      CHECK(counts.spans == row.spans);
    }
    // The published masks are counted in float, whose 0.15 is a little larger: 28.5 becomes 29.
    for (Row row : {Row{190, 29, 10}, {350, 53, 18}, {1670, 251, 84}, {150, 22, 7}}) {
      INFO("of ", row.length, " tokens");
      CHECK(noise_counts(row.length, {}).noise == row.noise);
      CHECK(noise_counts(row.length, {}).spans == row.spans);
    }
    CHECK(noise_counts(10, {0.95, 1}).spans == 1);  // one kept token separates no more spans
    CHECK(error_of([] { noise_counts(10, {0, 3}); }).find("density of 0") != std::string::npos);
  }

  TEST_CASE("lengths: those of T5's published preprocessing") {
    struct Row {
      int64_t inputs, tokens, targets;
      double density;
    };
    for (Row row : {Row{512, 568, 114, 0.15}, {256, 284, 58, 0.15}, {128, 141, 29, 0.15}}) {
      ChunkLengths lengths = chunk_lengths(row.inputs, {row.density, 3});
      INFO("inputs of ", row.inputs,
           ": do input and target each count one eos, and one sentinel "
           "for each span?");
      CHECK(lengths.tokens == row.tokens);
      CHECK(lengths.inputs == row.inputs);
      CHECK(lengths.targets == row.targets);
    }
  }

  TEST_CASE("lengths: no longer chunk would fit") {
    for (double density : {0.1, 0.15, 0.3, 0.6})
      for (double span : {1.0, 3.0, 7.5})
        for (int64_t inputs = 3; inputs < 200; ++inputs) {
          NoiseOptions options{density, span};
          ChunkLengths lengths = chunk_lengths(inputs, options);
          auto [noise, spans] = noise_counts(lengths.tokens + 1, options);
          INFO("inputs ", inputs, " density ", density, " span ", span, " tokens ", lengths.tokens);
          REQUIRE(lengths.inputs <= inputs);
          REQUIRE(lengths.tokens + 1 - noise + spans + 1 > inputs);
        }
    CHECK(error_of([] { chunk_lengths(2, {}); }).find("at least 3") != std::string::npos);
  }

  TEST_CASE("lengths: at density 0.5 the target is made no longer than the input") {
    for (int64_t inputs = 8; inputs < 300; ++inputs) {
      ChunkLengths lengths = chunk_lengths(inputs, {0.5, 3});
      INFO("inputs ", inputs, ": tokens ", lengths.tokens, ", targets ", lengths.targets);
      REQUIRE(lengths.targets <= lengths.inputs);
    }
    // 7 tokens would be 3 + 1 + 1 in the input and 4 + 1 + 1 in the target.
    ChunkLengths lengths = chunk_lengths(5, {0.5, 3});
    CHECK(lengths.tokens == 6);
    CHECK(lengths.inputs == 5);
    CHECK(lengths.targets == 5);
  }

  TEST_CASE("segmentation: the segments are not empty and add up") {
    Random random(5);
    for (int64_t items = 1; items < 30; ++items)
      for (int64_t segments = 1; segments <= items; ++segments) {
        Lengths lengths = random_segmentation(items, segments, random);
        INFO(items, " items in ", segments,
             " segments: ", fmt::format("{}", fmt::join(lengths, " ")));
        REQUIRE(std::ssize(lengths) == segments);
        REQUIRE(*std::min_element(lengths.begin(), lengths.end()) >= 1);
        REQUIRE(std::accumulate(lengths.begin(), lengths.end(), int64_t{0}) == items);
      }
    CHECK(error_of([&] { random_segmentation(3, 4, random); }).find("3 items in 4") !=
          std::string::npos);
  }

  TEST_CASE("segmentation: every list of lengths is equally likely") {
    Random random(6);
    INFO(
        "lengths drawn one after the other favour long first ones; items given away one by one, "
        "equal ones");
    check_uniform(10, [&] { return random_segmentation(6, 3, random); });  // 5 gaps, 2 cuts
    check_uniform(7, [&] { return random_segmentation(8, 2, random); });
  }

  TEST_CASE("mask: as many hidden tokens and spans as computed, the first kept, the last hidden") {
    Random random(7);
    for (double density : {0.15, 0.5, 0.8})
      for (double span : {1.0, 3.0, 10.0})
        for (int64_t length = 2; length < 120; ++length) {
          NoiseOptions options{density, span};
          auto mask = random_spans_noise_mask(length, options, random);
          auto [noise, spans] = noise_counts(length, options);
          INFO("mask ", text_of(mask), " density ", density, " span ", span);
          REQUIRE(std::ssize(mask) == length);
          REQUIRE(std::count(mask.begin(), mask.end(), true) == noise);
          REQUIRE(std::ssize(runs(mask, true)) == spans);
          REQUIRE_FALSE(mask.front());
          REQUIRE(mask.back());
        }
  }

  TEST_CASE("mask: a single token is kept") {
    Random random(8);
    CHECK(text_of(random_spans_noise_mask(1, {}, random)) == ".");
    CHECK(text_of(random_spans_noise_mask(2, {}, random)) == ".#");
  }

  TEST_CASE("mask: hidden and kept lengths are drawn apart, each in all its ways") {
    // 12 tokens, half of them hidden in 3 spans: 10 ways for the hidden, 10 for the kept lengths.
    Random random(9);
    INFO("two segmentations from the same numbers would be equal in every mask");
    check_uniform(100, [&] {
      auto mask = random_spans_noise_mask(12, {0.5, 2}, random);
      Lengths both = runs(mask, true), kept = runs(mask, false);
      both.insert(both.end(), kept.begin(), kept.end());
      return both;
    });
  }

  TEST_CASE("mask: the same generator gives the same mask") {
    Random one(10), same(10), other(11);
    auto mask = random_spans_noise_mask(200, {}, one);
    CHECK(mask == random_spans_noise_mask(200, {}, same));
    CHECK(mask != random_spans_noise_mask(200, {}, other));
    CHECK(mask != random_spans_noise_mask(200, {}, one));
  }

  TEST_CASE("mask: independent draws hide the wanted share") {
    Random random(12);
    auto mask = iid_noise_mask(100000, 0.15, random);
    auto hidden = static_cast<double>(std::count(mask.begin(), mask.end(), true));
    CHECK(std::abs(hidden - 15000) < 4 * std::sqrt(100000 * 0.15 * 0.85));
  }

  TEST_CASE("sentinels: the paper's example") {
    // Thank you [for inviting] me to your party [last] week
    Ids tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    for (Id& id : tokens) id += 200;
    std::vector<bool> mask = {false, false, true, true, false, false, false, false, true, false};
    TokenPair pair = hide_spans(tokens, mask, published_markers());
    INFO("one sentinel for a span, not for a token; no sentinel closes the target; eos ends both");
    CHECK(pair.input == Ids{201, 202, 32099, 205, 206, 207, 208, 32098, 210, 1});
    CHECK(pair.target == Ids{32099, 203, 204, 32098, 209, 1});
  }

  TEST_CASE("sentinels: every token stands once, in the input or in the target, in its order") {
    Random random(13);
    Markers markers = published_markers();
    for (int64_t length = 1; length < 100; ++length)
      for (bool spans : {true, false}) {
        auto mask = spans ? random_spans_noise_mask(length, {}, random)
                          : iid_noise_mask(length, 0.3, random);
        Ids tokens = counting_ids(length);
        TokenPair pair = hide_spans(tokens, mask, markers);
        INFO("mask ", text_of(mask));
        INFO("input ", fmt::format("{}", fmt::join(pair.input, " ")));
        INFO("target ", fmt::format("{}", fmt::join(pair.target, " ")));
        REQUIRE(filled_in(pair, markers) == tokens);
        auto holes = std::ssize(runs(mask, true));
        REQUIRE(std::ssize(pair.input) + std::ssize(pair.target) == length + 2 * holes + 2);
        REQUIRE(pair.input.back() == markers.eos);
        REQUIRE(pair.target.back() == markers.eos);
      }
  }

  TEST_CASE("sentinels: a chunk of the computed length fills the input to the last token") {
    Markers markers = published_markers();
    for (int64_t inputs : {64, 128, 256, 512}) {
      ChunkLengths lengths = chunk_lengths(inputs, {});
      TokenPair pair = span_corruption({}, markers)(counting_ids(lengths.tokens), Random(inputs));
      CHECK(std::ssize(pair.input) == lengths.inputs);
      CHECK(std::ssize(pair.target) == lengths.targets);
    }
  }

  TEST_CASE("sentinels: ByT5's count down from the last byte's id, unless its tokenizer is asked") {
    auto bytes = make_byte_tokenizer(3);
    CHECK(markers_of(*bytes).sentinels == Ids{258, 257, 256});
    CHECK(markers_of(*bytes, "tokenizer").sentinels == Ids{259, 260, 261});
    CHECK(make_byte_tokenizer(300)->published_sentinels().back() == 3);  // there are 256 bytes
    CHECK(error_of([&] { markers_of(*bytes, "paper"); }).find("published, tokenizer") !=
          std::string::npos);
  }

  TEST_CASE("sentinels: too many spans are refused with the remedy") {
    std::string message =
        error_of([] { span_corruption({}, published_markers())(counting_ids(4000), Random(1)); });
    CHECK(message.find("200 spans, but the tokenizer has 100 sentinels") != std::string::npos);
  }

  TEST_CASE("prefix language model: the text is cut in two, nowhere more often than elsewhere") {
    Ids tokens = counting_ids(8);
    Objective objective = prefix_language_model(published_markers());
    std::vector<int> counts(9);
    for (uint64_t seed = 0; seed < 7000; ++seed) {
      TokenPair pair = objective(tokens, Random(seed));
      ++counts[pair.input.size() - 1];
      Ids both(pair.input.begin(), pair.input.end() - 1);
      both.insert(both.end(), pair.target.begin(), pair.target.end() - 1);
      REQUIRE(both == tokens);
    }
    CHECK(counts[0] == 0);
    CHECK(counts[8] == 0);
    for (int cut = 1; cut < 8; ++cut) CHECK(std::abs(counts[cut] - 1000) < 150);
  }

  TEST_CASE("objectives by name, and the names when it is none of them") {
    Ids tokens = counting_ids(40);
    Markers markers = published_markers();
    auto by_name = [&](const char* name) {
      return objective_kind(name).make({}, markers)(tokens, Random(3)).target;
    };
    CHECK(by_name("span-corruption") == span_corruption({}, markers)(tokens, Random(3)).target);
    CHECK(by_name("iid-denoising") == iid_denoising({}, markers)(tokens, Random(3)).target);
    CHECK(by_name("prefix-lm") == prefix_language_model(markers)(tokens, Random(3)).target);
    CHECK(error_of([&] { by_name("cloze"); }).find("prefix-lm") != std::string::npos);
  }

  TEST_CASE("a training set: an example depends on seed, epoch and number, not on what was asked") {
    std::vector<Ids> chunks(5, counting_ids(50));
    Objective objective = span_corruption({}, published_markers());
    TrainingSet set = with_objective(chunks, objective, 1, "");
    TrainingSet again = with_objective(chunks, objective, 1, "");
    TrainingSet other = with_objective(chunks, objective, 2, "");
    for (int64_t i = 4; i >= 0; --i) CHECK(set.example(i, 1).target == again.example(i, 1).target);
    CHECK(set.size() == 5);
    CHECK(set.example(0, 0).target != set.example(1, 0).target);
    CHECK(set.example(0, 0).target != set.example(0, 1).target);
    CHECK(set.example(0, 0).target != other.example(0, 0).target);
  }

  TEST_CASE("a training set keeps what it was made of, whatever becomes of that") {
    std::vector<TokenPair> pairs = {{{5, 1}, {6, 1}}, {{7, 1}, {8, 1}}};
    TrainingSet supervised(pairs);
    std::vector<Ids> chunks(2, counting_ids(50));
    TrainingSet made = with_objective(chunks, prefix_language_model(published_markers()), 1, "");
    std::vector<TokenPair> before = made.examples(0);
    REQUIRE(before.size() == 2);
    pairs[1].target = {9, 1};
    chunks[1].assign(50, 3);
    CHECK(supervised.examples(7)[1].target == Ids{8, 1});
    CHECK(made.example(1, 0).input == before[1].input);
  }

  TEST_CASE("chunks: documents end to end, cut at equal lengths, nothing lost") {
    std::vector<Ids> documents = {{1, 2, 3}, {}, {4}, {5, 6, 7, 8, 9, 10}};
    CHECK(split_into_chunks(documents, 4) == std::vector<Ids>{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}});
    CHECK(split_into_chunks(documents, 100).size() == 1);
    CHECK(split_into_chunks({}, 4).empty());
  }
}
