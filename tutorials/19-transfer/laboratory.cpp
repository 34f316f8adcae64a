#include "tutorials/19-transfer/laboratory.h"

#include <algorithm>
#include <cmath>

#include "t5/tasks/tokenized.h"
#include "t5/train/pretraining.h"
#include "t5/transfer/adapters.h"
#include "tensor/ops/elementwise.h"
#include "tutorials/corpora/village/corpus.h"

namespace t5::tutorial {
namespace {

std::vector<std::string> vocabulary_texts(const corpus::village::Village& village) {
  std::vector<std::string> texts = village.text;
  for (const auto& task : village.tasks) {
    texts.push_back(task.kind->inputs);
    for (const auto& row : task.rows[0])
      texts.insert(texts.end(), row.fields.begin(), row.fields.end());
  }
  return texts;
}

void write_fresh(const std::vector<std::string>& texts, const std::string& directory) {
  DirectoryUpdate update(directory);
  std::string vocabulary = train_sentencepiece(texts, {.vocab_size = 1500});
  save_sentencepiece(update, vocabulary);
  Config config = preset_config("mini");
  config.vocab_size = make_sentencepiece_tokenizer(vocabulary, "demo")->vocab_size();
  save_model(*make_model(config, 1), update);
  update.commit();
}

}  // namespace

Task Laboratory::task(const std::string& name) const {
  return read_task(folder + "/village/" + name + ".json");
}

TrainOptions recipe(int64_t steps, double rate, const std::string& optimizer) {
  TrainOptions options{.max_steps = steps, .optim = optimizer, .learning_rate = rate};
  options.lr_scheduler_type = "linear", options.warmup_steps = steps / 10;
  options.dropout_rate = 0;
  return options;
}

Laboratory make_laboratory(const std::string& folder, int64_t pretraining_steps) {
  Laboratory lab{folder};
  corpus::village::Village village = corpus::village::make_village({.examples = 3000});
  corpus::village::write_village(village, folder + "/village");
  write_fresh(vocabulary_texts(village), lab.base("fresh"));
  TextModel model = load_base(lab.base("fresh"));
  TrainOptions options = recipe(pretraining_steps, 0.03);
  options.output_dir = lab.base("pretrained");
  options.tokenizer_dir = lab.base("fresh");
  train(*model.model,
        read_text({folder + "/village/text.txt"}, *model.tokenizer, {.inputs_length = 64}, 1), {},
        options);
  return lab;
}

TextModel load_base(const std::string& directory, const std::optional<AdapterConfig>& adapter) {
  Adapters adapters;
  if (adapter) adapters.add_new(*adapter);
  return load_text_model(directory, adapters.load_options(directory, Use::kTraining, 1));
}

double score_of(const TextModel& model, const Task& task, int64_t count) {
  std::vector<TaskExample> examples = task.examples("test");
  examples.resize(std::min<size_t>(examples.size(), count));
  Task exact = task;
  exact.metrics = {"exact_match"};
  return 100 * measure_task(model, exact, examples, request_of(exact, model), 64).scores[0].second;
}

Adapted adapt(TextModel& model, const Task& task, int64_t count, const TrainOptions& options) {
  std::vector<TaskExample> examples = task.examples("train");
  examples.resize(std::min<size_t>(examples.size(), count));
  TrainResult run = train(*model.model, tokenize(examples, model), {}, options);
  return {score_of(model, task, 200), run.seconds / static_cast<double>(run.state.step)};
}

void save(const Laboratory& lab, const TextModel& model, const std::string& directory) {
  DirectoryUpdate update(directory);
  save_model(*model.model, update);
  copy_tokenizer(lab.base("fresh"), update);
  update.commit();
}

Tensor logits(const TextModel& model, const TokenPair& pair) {
  NoGrad no_grad;
  return model.model->forward(make_batch(std::vector{pair}, model.config())).value();
}

double largest_difference(const Tensor& a, const Tensor& b) {
  Tensor gap = map([](real x, real y) { return std::abs(x - y); }, a, b);
  double largest = 0;
  for (real value : gap.to_vector()) largest = std::max<double>(largest, value);
  return largest;
}

std::vector<double> go_on(TextModel& model, const Mixture& mixture, const Task& old, int64_t parts,
                          int64_t steps, double rate) {
  std::vector<double> scores = {score_of(model, old, 200)};
  TrainingSet data = mixed_set(mixture, model, 1);
  for (int64_t part = 0; part < parts; ++part) {
    TrainOptions options{.max_steps = steps / parts, .learning_rate = rate};
    options.dropout_rate = 0, options.seed = static_cast<uint64_t>(part);
    train(*model.model, data, {}, options);
    scores.push_back(score_of(model, old, 200));
  }
  return scores;
}

}  // namespace t5::tutorial
