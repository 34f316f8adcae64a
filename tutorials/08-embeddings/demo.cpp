// A bigram model of the demo's English, learned and counted: perplexity, sentences, neighbours.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "nn/optimizers/optimizer.h"
#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "tensor/error.h"
#include "tensor/ops/reduce.h"
#include "tensor/random.h"
#include "tutorials/08-embeddings/bigram.h"
#include "tutorials/08-embeddings/pairs_map.h"
#include "tutorials/08-embeddings/scatter.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5;

namespace {

constexpr int64_t kWidth = 32, kBatch = 512, kSteps = 1500;

// Bits per word on all pairs of a text.
double bits_of(const Bigram& model, const WordText& text) {
  NoGrad no_grad;
  return cross_entropy(model(text.previous), text.next).value().item() / std::numbers::ln2;
}

// Trains on random pairs; the loss of each step, in bits.
std::vector<ChartPoint> train(const Bigram& model, Parameters& parameters, const WordText& text) {
  auto optimizer = make_adamw(parameters, {.weight_decay = 0});
  Random random(3);
  std::vector<ChartPoint> curve;
  for (int64_t step = 0; step < kSteps; ++step) {
    Ids previous, next;
    for (int64_t i = 0; i < kBatch; ++i) {
      int64_t pair = random.below(std::ssize(text.next));
      previous.push_back(text.previous[pair]), next.push_back(text.next[pair]);
    }
    Var loss = cross_entropy(model(previous), next);
    curve.push_back({static_cast<double>(step), loss.value().item() / std::numbers::ln2});
    parameters.zero_grad();
    loss.backward();
    optimizer->step(0.03 * (1 - static_cast<double>(step) / kSteps));
  }
  return curve;
}

std::string sample(const Bigram& model, const WordText& text, Random& random) {
  NoGrad no_grad;
  std::string sentence;
  for (Id word = 0; sentence.size() < 90;) {
    Tensor p = softmax(model({word}).value());
    double rest = random.uniform();
    word = 0;
    while (word + 1 < p.dim(1) && (rest -= p.at({0, word})) > 0) ++word;
    if (word == 0) break;
    sentence += (sentence.empty() ? "" : " ") + text.words[word];
  }
  return sentence + ".";
}

// The words whose rows point most nearly the same way.
std::string neighbours(const Tensor& table, const WordText& text, const std::string& word) {
  auto id = std::find(text.words.begin(), text.words.end(), word) - text.words.begin();
  std::vector<std::pair<double, std::string>> found;
  for (int64_t other = 1; other < table.dim(0); ++other) {
    double product = 0, own = 0, its = 0;
    for (int64_t j = 0; j < table.dim(1); ++j) {
      double a = table.at({id, j}), b = table.at({other, j});
      product += a * b, own += a * a, its += b * b;
    }
    if (other != id) found.emplace_back(-product / std::sqrt(own * its), text.words[other]);
  }
  std::sort(found.begin(), found.end());
  std::string line = fmt::format("{:10}", word);
  for (size_t i = 0; i < 6; ++i)
    line += fmt::format(" {} {:.2f}", found[i].second, -found[i].first);
  return line;
}

std::vector<std::string> english(const std::vector<corpus::Pair>& pairs) {
  std::vector<std::string> lines;
  for (const auto& pair : pairs) lines.push_back(pair.english);
  return lines;
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  WordText text = make_word_text(english(corpus::make_english_french({}).train));
  Tensor counts = count_pairs(text);
  double bound = counted_bits(counts);
  auto vocabulary = std::ssize(text.words);
  fmt::print("{} words, {} different; {} of {} pairs occur\n\n", text.next.size(), vocabulary,
             sum(map([](real n) { return n > 0 ? real(1) : 0; }, counts)).item(),
             vocabulary * vocabulary);

  Chart chart{"A bigram model, learned", "step", "bits per word", {}};
  std::optional<Parameters> parameters;
  std::optional<Bigram> model;
  fmt::print("model                       parameters   bits a word   perplexity\n");
  auto report = [](const char* name, int64_t size, double bits) {
    fmt::print("{:26} {:11} {:13.3f} {:12.2f}\n", name, size, bits, std::exp2(bits));
  };
  report("all words alike", 0, std::log2(static_cast<double>(vocabulary)));
  for (bool with_linear : {false, true}) {
    parameters.emplace(random_source(1));
    model.emplace(Scope(*parameters), vocabulary, kWidth, with_linear);
    const char* name = with_linear ? "learned, E W E'" : "learned, E E'";
    chart.series.push_back({name, train(*model, *parameters, text), ChartSeries::Style::kSmoothed});
    report(name, parameters->element_count(), bits_of(*model, text));
  }
  report("counted, the bound", vocabulary * vocabulary, bound);
  chart.series.push_back({"counted: the bound", {{0, bound}, {kSteps, bound}}});
  write_file(folder + "/loss.svg", chart_svg(chart));
  write_file(folder + "/scatter.svg", scatter_svg());

  fmt::print("\nsentences drawn from the learned model\n");
  Random random(7);
  for (int i = 0; i < 5; ++i) fmt::print("  {}\n", sample(*model, text, random));
  fmt::print("\nnearest neighbours among the rows of E\n");
  for (const char* word : {"cat", "red", "his", "can", "eats", "kitchen"})
    fmt::print("  {}\n", neighbours(model->embedding.weight.value(), text, word));
  Tensor shares = map([](real n, real row) { return n / row; }, counts, sum(counts, 1));
  write_file(folder + "/counted.svg", pairs_map("What follows what, counted", shares, text));
  NoGrad no_grad;
  Ids all(static_cast<size_t>(vocabulary));
  std::iota(all.begin(), all.end(), 0);
  Tensor learned = softmax((*model)(all).value());
  write_file(folder + "/learned.svg", pairs_map("What follows what, learned", learned, text));
} catch (const Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
