// Chapter 14: a batch learnt by heart, runs that go wrong, a run cut and resumed, a T5 trained end
// to end. Usage: 14-training FOLDER. Writes its pictures there.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/generation/generate.h"
#include "t5/report/metrics_log.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "t5/train/trainer.h"
#include "tensor/error.h"
#include "tutorials/14-training/looks.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5;

namespace {

constexpr const char* kPrefix = "translate English to French: ";

struct Material {
  corpus::EnglishFrench corpus = corpus::make_english_french({.train = 8000});
  std::unique_ptr<Tokenizer> tokenizer = make_vocabulary();
  std::vector<TokenPair> train = pairs(corpus.train), validation = pairs(corpus.valid, 200);

  std::unique_ptr<Tokenizer> make_vocabulary() const {
    std::vector<std::string> text;
    for (const auto& p : corpus.train) text.insert(text.end(), {kPrefix + p.english, p.french});
    return make_sentencepiece_tokenizer(train_sentencepiece(text, {.vocab_size = 1200}), "demo");
  }
  std::vector<TokenPair> pairs(const std::vector<corpus::Pair>& all, size_t limit = -1) const {
    std::vector<Example> examples;
    for (size_t i = 0; i < std::min(limit, all.size()); ++i)
      examples.push_back({kPrefix + all[i].english, all[i].french});
    return tokenize(examples, *tokenizer);
  }
  std::unique_ptr<Model> model(const char* preset) const {
    Config config = preset_config(preset);
    config.vocab_size = tokenizer->vocab_size();
    return make_model(config, 1);
  }
};

TrainOptions recipe(int64_t steps, double rate, const std::string& folder, int64_t evals = 500) {
  return {.max_steps = steps,
          .learning_rate = rate,
          .lr_scheduler_type = "linear",
          .warmup_steps = steps / 10,
          .dropout_rate = 0,
          .output_dir = folder,
          .eval_steps = evals};
}

void learn_by_heart(const Material& m) {
  fmt::print("1. Eight pairs, learnt by heart\n");
  std::vector<TokenPair> batch(m.train.begin(), m.train.begin() + 8);
  for (int64_t steps : {1, 50, 100, 200}) {
    TrainOptions options = recipe(steps, 0.05, "");
    options.lr_scheduler_type = "constant";
    double loss = train(*m.model("tiny"), batch, batch, options).state.best_loss;
    fmt::print("   {:4} steps: loss {:.4f}\n", steps, loss);
  }
}

void go_wrong(const Material& m, const std::string& folder) {
  fmt::print("\n2. What goes wrong: the loss on held-out sentences\n");
  Chart chart{"Four runs of one model", "step", "loss on held-out sentences", {}};
  const double fresh = evaluate(*m.model("tiny"), m.validation, 32).loss;
  fmt::print("   untrained, all four: {:.3f}\n", fresh);
  auto add = [&](const char* name, const std::vector<TokenPair>& pairs, double rate) {
    TrainOptions options = recipe(300, rate, fmt::format("{}/wrong {}", folder, name), 30);
    double last = train(*m.model("tiny"), pairs, m.validation, options).loss;
    auto loss =
        metrics_series(read_metrics(options.output_dir + "/metrics.jsonl"), "validation_loss");
    loss.insert(loss.begin(), {0, fresh});
    fmt::print("   {:25} {:.3f} after 30 steps, {:.3f} at last; in training {:.3f}\n", name,
               loss[1].y, loss.back().y, last);
    chart.series.push_back({name, loss});
  };
  add("as it should be", m.train, 0.05);
  add("rate too low", m.train, 0.001);
  add("rate too high", m.train, 0.2);
  add("64 pairs learnt by heart", {m.train.begin(), m.train.begin() + 64}, 0.05);
  write_file(folder + "/wrong.svg", chart_svg(chart));
}

void cut_and_resume(const Material& m, const std::string& folder) {
  auto run = [&](const char* name, int64_t steps, bool resume) {
    TrainOptions options = recipe(steps, 0.05, folder + name);
    options.lr_scheduler_type = "constant", options.warmup_steps = 4;
    options.dropout_rate = 0.1, options.resume = resume;
    train(*m.model("tiny"), m.train, {}, options);
    return read_file(options.output_dir + "/model.safetensors");
  };
  std::string whole = run("/whole", 40, false);
  run("/cut", 17, false);
  check(run("/cut", 40, true) == whole, "a resumed run ended elsewhere");
  fmt::print("\n3. Forty steps in one go, and cut after 17 and resumed: the same bytes\n");
}

double exact_share(const Model& model, const std::vector<TokenPair>& pairs) {
  std::vector<Ids> inputs;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  auto outputs = generate(model, inputs, {.max_new_tokens = 60});
  double right = 0;
  for (size_t i = 0; i < pairs.size(); ++i) right += outputs[i] == pairs[i].target;
  return right / static_cast<double>(pairs.size());
}

void end_to_end(const Material& m, const std::string& folder) {
  auto model = m.model("mini");
  fmt::print("\n4. End to end: {} parameters, {} pairs\n", model->parameters().element_count(),
             m.train.size());
  TrainOptions options = recipe(1000, 0.05, folder + "/model", 250);
  options.quiet = false;
  TrainResult result = train(*model, m.train, m.validation, options);
  auto rows = read_metrics(options.output_dir + "/metrics.jsonl");
  write_file(folder + "/loss.svg", chart_svg(loss_chart(rows, "English to French, 1,000 steps")));
  double share = exact_share(*model, m.pairs(m.corpus.test, 400));
  fmt::print("   loss {:.3f}, on validation {:.3f}; {:.0f} % of 400 new sentences exactly right\n",
             result.loss, result.state.best_loss, 100 * share);
  for (std::string line : {"The cat sat on the mat.", "She cannot wear their shirt."})
    fmt::print("   {:30} {}\n", line,
               m.tokenizer->decode(generate(*model, {m.tokenizer->encode(kPrefix + line)})[0]));
  write_file(folder + "/looks.svg",
             look_svg(*model, *m.tokenizer, kPrefix, "These old women cannot see the black cat.",
                      "Ces vieilles femmes ne peuvent pas voir le chat noir."));
  check(share > 0.7, "out of the chapter's band: more than 70 % of the sentences were expected");
  fmt::print("\nThe band of this chapter, more than 70 % exactly right, is reached.\n");
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::filesystem::remove_all(folder);  // an earlier run's checkpoints are not overwritten
  make_directories(folder);
  Material material;
  learn_by_heart(material);
  go_wrong(material, folder);
  cut_and_resume(material, folder);
  end_to_end(material, folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "14-training: {}\n", error.what());
  return 1;
}
