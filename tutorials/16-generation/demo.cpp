// Chapter 16: what the cache saves, what each filter leaves, what beams find, what a batch costs.
// Usage: 16-generation FOLDER. Writes the lesson's pictures there.

#include <fmt/format.h>

#include "t5/files/atomic_file.h"
#include "t5/generation/generate.h"
#include "tutorials/16-generation/cache_cost.h"
#include "tutorials/16-generation/filters.h"
#include "tutorials/16-generation/lanes.h"
#include "tutorials/16-generation/paths.h"
#include "tutorials/16-generation/trace.h"
#include "tutorials/16-generation/translator.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

void compare_cache(const std::string& folder) {
  Config config = preset_config("t5-small");
  config.d_model = 256, config.d_ff = 1024, config.num_heads = 4, config.vocab_size = 4000;
  config.num_decoder_layers = 4;
  auto model = make_model(config, 1);
  const int64_t count = 384;
  Ids input;
  for (Id i = 0; i < 40; ++i) input.push_back(50 + 7 * i);
  std::vector<double> slow, fast;
  double slow_start = now();
  Ids expected = without_cache(*model, input, count, slow);
  double fast_start = now();
  Ids got = with_cache(*model, input, count, fast);
  fmt::print("1. The cache: {} parameters, {} source tokens, processor time of one thread\n",
             model->parameters().element_count(), input.size());
  fmt::print("   tokens   without, s    with, s   times faster\n");
  for (int64_t n : {24, 48, 96, 192, 384}) {
    double a = slow[n - 1] - slow_start, b = fast[n - 1] - fast_start;
    fmt::print("   {:6}   {:10.3f}   {:8.3f}   {:12.1f}\n", n, a, b, a / b);
  }
  check(got == expected, "the cache changed the output");
  fmt::print("   the {} ids are the same\n", count);
  Chart chart{"What one more token costs", "tokens written", "time, the dearest token's = 1", {}};
  chart.series = {{"the whole prefix again", cost(slow_start, slow, 16)},
                  {"with the cache", cost(fast_start, fast, 16)}};
  divide_by_largest(chart.series);
  write_file(folder + "/cache.svg", chart_svg(chart));
}

// The search of the lesson's picture in words, and what the length penalty makes of its end.
void show_trace(const std::string& folder) {
  std::vector<TraceStep> trace = trace_beams();
  Ids greedy = greedy_words();
  fmt::print("\n2. Two beams over five words\n   greedy    {:22} log p {:.2f}\n", words_of(greedy),
             sum_of(greedy));
  for (size_t s = 0; s < trace.size(); ++s) {
    fmt::print("   step {}   ", s + 1);
    for (const Tried& t : trace[s].tried) fmt::print(" {} {:.2f},", words_of(t.tokens), t.sum);
    fmt::print(" finished {}\n", trace[s].finished.size());
    write_file(fmt::format("{}/beam-{}.svg", folder, s + 1), trace_svg(trace, s + 1));
  }
  write_file(folder + "/beam.svg", trace_svg(trace, trace.size()));
  for (const Generated& g : trace.back().finished)
    fmt::print("   {:.2f}      {:22} log p {:.2f}\n", g.score, words_of(g.ids),
               g.score * static_cast<double>(g.ids.size()));
  std::vector<Lanes> lanes = show_lanes();
  for (size_t i = 0; i < lanes.size(); ++i)
    write_file(fmt::format("{}/lanes-{}.svg", folder, i + 1), lanes_svg({lanes[i]}));
  write_file(folder + "/lanes.svg", lanes_svg(lanes));
}

void show_outputs(const Translator& t, const std::vector<Generated>& greedy,
                  const std::vector<Generated>& found, const std::vector<double>& before,
                  const std::vector<double>& after) {
  size_t best = 0;
  for (size_t i = 0; i < before.size(); ++i)
    if (after[i] - before[i] > after[best] - before[best]) best = i;
  auto show = [&](const char* name, const Ids& ids, double log_p) {
    fmt::print("   {:8} log p {:6.2f}   {}\n", name, log_p, t.tokenizer->decode(ids));
  };
  fmt::print("\n   {}\n", t.lines[best]);
  show("greedy", greedy[best].ids, before[best]);
  show("4 beams", found[best].ids, after[best]);
  GenerationOptions draw{
      .max_new_tokens = 40, .num_return_sequences = 3, .do_sample = true, .top_k = 0, .seed = 1};
  for (const Generated& g : generate_scored(*t.model, {t.inputs[best]}, draw))
    show("drawn", g.ids, g.score);
}

void compare_batches(const Translator& t, const std::vector<Generated>& greedy) {
  size_t longest = 0;
  for (const Generated& g : greedy) longest = std::max(longest, g.ids.size());
  fmt::print("\n4. Greedy search on 100 inputs: {} rows computed; {} if none were dropped\n",
             tokens_of(greedy), 100 * longest);
  GenerationOptions draw{.max_new_tokens = 40, .do_sample = true, .batch_size = 100};
  std::vector<Ids> together = generate(*t.model, t.inputs, draw);
  draw.batch_size = 7;
  check(generate(*t.model, t.inputs, draw) == together, "a batch changed a draw");
  fmt::print("   a hundred draws in batches of 100 and of 7: the same\n");
}

void compare_searches() {
  Translator t = make_translator(100);
  TrainResult result = train(*t.model, t.pairs, {}, translator_recipe());
  fmt::print("\n3. A tiny T5 after {} steps, loss {:.2f}\n", result.state.step, result.loss);
  GenerationOptions options{.max_new_tokens = 40};
  auto greedy = generate_scored(*t.model, t.inputs, options), found = greedy;
  std::vector<double> before = log_p(greedy, options), after;
  fmt::print(
      "   100 new sentences            mean log p  mean length  likelier   right, word for word\n");
  auto row = [&](const std::string& name) {
    found = generate_scored(*t.model, t.inputs, options);
    after = log_p(found, options);
    double sum = 0, better = 0;
    for (size_t i = 0; i < after.size(); ++i) {
      sum += after[i] / 100;
      better += after[i] > before[i] + 1e-3;
    }
    fmt::print("   {:28} {:10.2f}  {:11.2f}  {:8.0f}   {:8} %\n", name, sum,
               static_cast<double>(tokens_of(found)) / 100, better, exact_matches(t, found));
  };
  row("greedy");
  for (double penalty : {0, 1, 2}) {
    options.num_beams = 8, options.length_penalty = penalty;
    row(fmt::format("8 beams, length penalty {}", penalty));
  }
  options.length_penalty = 1;
  for (int64_t beams : {2, 4}) {
    options.num_beams = beams;
    row(fmt::format("{} beams, length penalty 1", beams));
  }
  show_outputs(t, greedy, found, before, after);
  compare_batches(t, greedy);
}

}  // namespace

int main(int, char** argv) try {
  set_thread_count(1);
  compare_cache(argv[1]);
  write_file(std::string(argv[1]) + "/filters.svg", filters_svg());
  write_file(std::string(argv[1]) + "/paths.svg", paths_svg());
  show_trace(argv[1]);
  compare_searches();
} catch (const std::exception& error) {
  fmt::print(stderr, "16-generation: {}\n", error.what());
  return 1;
}
