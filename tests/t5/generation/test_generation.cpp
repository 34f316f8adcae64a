// Generation: transformers' outputs over many options, the filters, the distribution of draws.

#include <cmath>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "autograd/var.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

const char* const kVariants[] = {"t5", "t5-v1_1", "t5-gated-silu", "mt5", "byt5", "umt5"};

std::unique_ptr<Model> model_of(const std::string& variant) {
  return load_model("tests/fixtures/models/" + variant);
}

Json fixture(const std::string& name) {
  return read_json("tests/fixtures/generation/" + name + ".json");
}

// The options of a fixture, those that are no settings included.
GenerationOptions options_of(const Json& values) {
  GenerationOptions options;
  apply_settings(JsonObject(values, "fixture"), options);
  if (values.contains("prefix")) options.prefix = values["prefix"].get<Ids>();
  if (values.contains("allowed"))
    options.allowed_outputs = values["allowed"].get<std::vector<Ids>>();
  return options;
}

// The scores left of `scores` by the filters that the options ask for.
std::vector<real> filtered(const GenerationOptions& options, std::vector<real> scores) {
  Ids start = {0};
  for (auto& process : make_processors(options, {start, {1}, 1, 100})) process(start, scores);
  return scores;
}

// The probabilities that `scores` stand for.
std::vector<double> distribution(const std::vector<real>& scores) {
  std::vector<double> p;
  double total = 0;
  for (real s : scores) total += std::exp(static_cast<double>(s));
  for (real s : scores) p.push_back(std::exp(static_cast<double>(s)) / total);
  return p;
}

// Pearson's statistic of counts against probabilities, per degree of freedom: about 1 when they
// agree. Impossible outcomes must not occur.
double misfit(const std::map<std::vector<int64_t>, int64_t>& counts,
              const std::map<std::vector<int64_t>, double>& p, int64_t draws) {
  double sum = 0;
  for (const auto& [outcome, count] : counts) REQUIRE(p.count(outcome) == 1);
  for (const auto& [outcome, probability] : p) {
    double expected = probability * static_cast<double>(draws);
    auto found = counts.find(outcome);
    double gap = (found == counts.end() ? 0.0 : static_cast<double>(found->second)) - expected;
    sum += gap * gap / expected;
  }
  return sum / static_cast<double>(std::max<size_t>(p.size() - 1, 1));
}

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("candidates: their logits are those of the whole head, in each precision") {
    TemporaryDirectory folder;
    for (const char* variant : {"t5", "t5-v1_1"})  // a tied, scaled head and one of its own
      for (DType type : {DType::F32, DType::BF16, DType::I8}) {
        std::string name = folder / fmt::format("{}{}", variant, static_cast<int>(type));
        convert_model(fmt::format("tests/fixtures/models/{}", variant), name, {.dtype = type});
        auto model = load_model(name, {.use = Use::kPrediction});
        CAPTURE(name);
        Ids ids{40, 1, 7}, input{3, 9, 20, 1};
        DecoderState state = model->start(input, Segments({4}));
        Scorer all = score_all(model->head()), few = score_few(model->head(), ids);
        for (Id token : {0, 7, 40}) {
          Tensor states = model->step({token}, Segments({1}), state);
          Tensor expected = all(states), got = few(states);
          REQUIRE(got.shape() == expected.shape());
          for (int64_t id = 0; id < got.dim(1); ++id)
            if (std::count(ids.begin(), ids.end(), id) == 0)
              CHECK(got.at({0, id}) == -HUGE_VAL);
            else
              CHECK(std::abs(got.at({0, id}) - expected.at({0, id})) < 1e-5);
        }
      }
  }

  TEST_CASE("a list of answers: greedy takes at each step the best of those that lead to one") {
    TemporaryDirectory folder;
    Random random(4);
    GenerationOptions options;
    for (int i = 0; i < 12; ++i) {
      options.allowed_outputs.emplace_back();
      for (int64_t n = 1 + random.below(5); n > 0; --n)
        options.allowed_outputs.back().push_back(static_cast<Id>(2 + random.below(6)));
      options.allowed_outputs.back().push_back(1);
    }
    for (DType type : {DType::F32, DType::BF16, DType::I8}) {
      std::string name = folder / std::to_string(static_cast<int>(type));
      convert_model("tests/fixtures/models/t5", name, {.dtype = type});
      auto model = load_model(name, {.use = Use::kPrediction});
      for (Id word = 3; word < 40; ++word) {
        Ids input{word, static_cast<Id>(word + 5), 1};
        // By hand, over the whole head.
        Ids made;
        double score = 0;
        DecoderState state = model->start(input, Segments({3}));
        for (Id last = 0; last != 1; last = made.back()) {
          Tensor logits = score_all(model->head())(model->step({last}, Segments({1}), state));
          std::map<real, Id> next;  // by logit
          for (const Ids& answer : options.allowed_outputs)
            if (answer.size() > made.size() && std::equal(made.begin(), made.end(), answer.begin()))
              next[logits.at({0, answer[made.size()]})] = answer[made.size()];
          double total = 0;
          for (auto [logit, id] : next) total += std::exp(static_cast<double>(logit));
          score += next.rbegin()->first - std::log(total);
          made.push_back(next.rbegin()->second);
        }
        Generated got = generate_scored(*model, {input}, options)[0];
        CHECK(got.ids == made);
        CHECK(got.score == doctest::Approx(score).epsilon(1e-4));
      }
    }
  }
}

TEST_SUITE("16-generation") {
  TEST_CASE("outputs and scores are those of transformers, over combinations of options") {
    for (const char* variant : kVariants) {
      CAPTURE(variant);
      auto model = model_of(variant);
      Json runs = fixture(variant)["runs"];
      REQUIRE(runs.size() >= 60);
      for (const Json& run : runs) {
        CAPTURE(run["options"].dump());
        CAPTURE(run["input"].dump());
        auto outputs =
            generate_scored(*model, {run["input"].get<Ids>()}, options_of(run["options"]));
        REQUIRE(outputs.size() == run["outputs"].size());
        for (size_t i = 0; i < outputs.size(); ++i) {
          const Json& expected = run["outputs"][i];
          CHECK(outputs[i].ids == expected["ids"].get<Ids>());
          if (expected["score"].is_number() && std::isfinite(outputs[i].score))
            CHECK(outputs[i].score ==
                  doctest::Approx(expected["score"].get<double>()).epsilon(1e-4));
        }
      }
    }
  }

  TEST_CASE("eight threads that generate from one model get what one thread gets") {
    auto model = model_of("t5");
    GenerationOptions greedy, beams, sampling;
    greedy.max_new_tokens = beams.max_new_tokens = sampling.max_new_tokens = 12;
    beams.num_beams = 3;
    sampling.do_sample = true;
    auto outputs = [&](Id first) {
      std::vector<std::vector<Ids>> all;
      std::vector<Ids> inputs = {{first, 7, 1}, {9, first, 12, 8, 1}};
      for (const GenerationOptions& options : {greedy, beams, sampling})
        all.push_back(generate(*model, inputs, options));
      return all;
    };
    std::vector<std::vector<std::vector<Ids>>> alone;
    for (Id t = 0; t < 8; ++t) alone.push_back(outputs(3 + t));
    std::vector<std::future<int>> running;
    for (Id t = 0; t < 8; ++t)
      running.push_back(std::async(std::launch::async, [&, t] {
        int others = 0;
        for (int round = 0; round < 20; ++round) others += outputs(3 + t) != alone[t];
        return others;
      }));
    for (auto& others : running) CHECK(others.get() == 0);
  }

  TEST_CASE("a batch of any mix of lengths gives what each input gives alone") {
    auto model = model_of("t5-v1_1");
    std::vector<Ids> inputs;
    Random random(3);
    for (int64_t length : {1, 9, 2, 30, 5, 5, 17}) {
      inputs.emplace_back();
      for (int64_t i = 0; i < length; ++i)
        inputs.back().push_back(static_cast<Id>(3 + random.below(70)));
    }
    for (const char* text : {R"({"num_beams": 4, "num_return_sequences": 2})", "{}",
                             R"({"do_sample": true, "num_return_sequences": 3})",
                             R"({"do_sample": true, "num_beams": 3})"}) {
      CAPTURE(text);
      GenerationOptions options = options_of(parse_json(text, "options"));
      options.max_new_tokens = 12;
      auto together = generate(*model, inputs, options);
      options.batch_size = 2;
      CHECK(generate(*model, inputs, options) == together);
    }
    GenerationOptions beams = options_of(parse_json(R"({"num_beams": 3})", "options"));
    auto together = generate(*model, inputs, beams);
    for (size_t i = 0; i < inputs.size(); ++i)
      CHECK(generate(*model, {inputs[i]}, beams)[0] == together[i]);
  }

  TEST_CASE("draws are numbered by first_input: a stream in pieces gives what it gives whole") {
    auto model = model_of("t5-v1_1");
    std::vector<Ids> inputs(12, Ids{5, 9, 1});
    for (const char* text : {R"({"do_sample": true, "top_k": 0, "num_return_sequences": 2})",
                             R"({"do_sample": true, "top_k": 0, "num_beams": 2})"}) {
      CAPTURE(text);
      GenerationOptions options = options_of(parse_json(text, "options"));
      options.max_new_tokens = 8;
      auto whole = generate(*model, inputs, options);
      CHECK(std::set(whole.begin(), whole.end()).size() > whole.size() / 2);
      Generator generator(*model);
      std::vector<Ids> pieces;
      for (auto [first, count] : {std::pair(0, 5), {5, 1}, {6, 6}}) {
        options.first_input = first;
        for (Ids& ids : generator.generate(std::vector<Ids>(count, inputs[0]), options))
          pieces.push_back(std::move(ids));
      }
      CHECK(pieces == whole);
    }
  }

  TEST_CASE("the filters of sampling keep what transformers' keep") {
    const Json filters = fixture("filters");  // outlives the loop
    for (const Json& item : filters["cases"]) {
      CAPTURE(item.dump());
      GenerationOptions options;
      options.do_sample = true;
      options.top_k = 0;
      apply_settings(JsonObject({{item["option"].get<std::string>(), item["value"]}}, "case"),
                     options);
      options.num_beams = item["keep"] == 2 ? 2 : 1;  // beams: one more than there are eos ids
      auto scores = filtered(options, item["scores"].get<std::vector<real>>());
      std::vector<int64_t> kept;
      for (size_t i = 0; i < scores.size(); ++i)
        if (scores[i] > -INFINITY) kept.push_back(static_cast<int64_t>(i));
      CHECK(kept == item["kept"].get<std::vector<int64_t>>());
    }
  }

  TEST_CASE("100,000 draws are distributed as the filtered scores say") {
    std::vector<real> logits = {real(0.3), -1, 2, real(1.1), -4, real(0.9), 0, real(-0.2)};
    for (const char* text :
         {R"({"top_k": 0})", R"({"temperature": 0.5})", R"({"top_k": 4, "temperature": 2})",
          R"({"top_p": 0.8})", R"({"min_p": 0.2})", R"({"typical_p": 0.6})"}) {
      CAPTURE(text);
      GenerationOptions options = options_of(parse_json(text, "options"));
      options.do_sample = true;
      auto p = distribution(filtered(options, logits));
      std::map<std::vector<int64_t>, double> expected;
      for (size_t i = 0; i < p.size(); ++i)
        if (p[i] > 0) expected[{static_cast<int64_t>(i)}] = p[i];
      std::map<std::vector<int64_t>, int64_t> counts;
      Ids input = {1}, prompt = {0};
      options.num_return_sequences = 100000;
      auto search = make_search(options, {input, {7}, 1, 2}, prompt, Random(11));
      std::vector<real> rows;
      for (int64_t i = 0; i < search->rows(); ++i)
        rows.insert(rows.end(), logits.begin(), logits.end());
      search->advance(rows, std::ssize(logits));
      for (const Generated& output : search->results()) ++counts[{output.ids.at(0)}];
      CHECK(misfit(counts, expected, 100000) < 3);
    }
  }

  TEST_CASE("beam sampling draws without replacement") {
    // Two beams and one step: the first two of four draws from one distribution end the search.
    std::vector<real> logits = {1, 0, real(-0.5), real(0.7), real(0.2)};
    auto p = distribution(logits);
    std::map<std::vector<int64_t>, double> expected;
    for (int64_t a = 0; a < 5; ++a)
      for (int64_t b = 0; b < 5; ++b)
        if (a != b) expected[{std::min(a, b), std::max(a, b)}] += p[a] * p[b] / (1 - p[a]);
    GenerationOptions options = options_of(
        parse_json(R"({"num_beams": 2, "num_return_sequences": 2, "top_k": 0})", "options"));
    options.do_sample = true;
    std::map<std::vector<int64_t>, int64_t> counts;
    Ids input = {1}, prompt = {0};
    for (uint64_t draw = 0; draw < 20000; ++draw) {
      auto search = make_search(options, {input, {9}, 1, 2}, prompt, Random(draw));
      std::vector<real> rows = logits;
      rows.insert(rows.end(), logits.begin(), logits.end());
      search->advance(rows, 5);
      auto results = search->results();
      int64_t a = results[0].ids.at(0), b = results[1].ids.at(0);
      ++counts[{std::min(a, b), std::max(a, b)}];
    }
    CHECK(misfit(counts, expected, 20000) < 3);
  }

  TEST_CASE("contradictions are refused, and say what to do") {
    auto model = model_of("t5");
    auto message = [&](const char* text) {
      return error_of([&] { generate(*model, {{5, 1}}, options_of(parse_json(text, "options"))); });
    };
    CHECK(message(R"({"num_return_sequences": 2})").find("do_sample or num_beams") !=
          std::string::npos);
    CHECK(message(R"({"num_beams": 2, "num_return_sequences": 3})").find("num_beams 2") !=
          std::string::npos);
    CHECK(message(R"({"max_length": 1})").find("no room") != std::string::npos);
    CHECK(message(R"({"forced_bos_token_id": 64})").find("vocabulary of 64") != std::string::npos);
    CHECK(message(R"({"num_beams": 0})").find("num_beams: expected an integer") !=
          std::string::npos);
    CHECK(message(R"({"early_stopping": 3})").find("never") != std::string::npos);
  }
}
