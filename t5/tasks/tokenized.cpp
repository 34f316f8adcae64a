#include "t5/tasks/tokenized.h"

#include "t5/generation/generate.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

std::vector<TokenPair> tokenize(const std::vector<TaskExample>& examples, const TextModel& model) {
  check(model.tokenizer != nullptr, "task: a model without a tokenizer reads no texts");
  std::vector<TokenPair> pairs(examples.size());
  const Config& config = model.config();
  parallel_for(std::ssize(examples), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) try {
        pairs[i] = config.head->encode(examples[i].text, *model.tokenizer, config);
      } catch (const Error& error) {
        fail("{}: {}", examples[i].place, error.what());
      }
  });
  return pairs;
}

TaskOptions request_of(const Task& task, const TextModel& model, TextRequest given) {
  for (const auto& [name, value] : task.generation) given.settings.try_emplace(name, value);
  return read_request(given, model);
}

TaskScores measure_task(const TextModel& model, const Task& task,
                        const std::vector<TaskExample>& examples, const TaskOptions& request,
                        int64_t batch_size, const MetricOptions& metric_options) {
  std::vector<Ids> inputs;
  for (const TaskExample& example : examples)
    inputs.push_back(model.tokenizer->encode(request.before + example.text.input));
  GenerationOptions options = request.options;
  options.batch_size = batch_size;
  std::vector<Ids> outputs = generate(*model.model, inputs, options);
  TaskScores result;
  result.examples = std::ssize(examples);
  Judged judged;
  int64_t invalid = 0;
  for (size_t i = 0; i < examples.size(); ++i) {
    std::string text = model.write(outputs[i * options.num_return_sequences]);
    std::optional<std::string> answer = task.answer(text);
    invalid += !answer.has_value();
    bool number = task.answer_kind() == AnswerKind::kNumber;
    judged.predictions.push_back(answer.value_or(number ? "-1" : text));
    judged.references.push_back(examples[i].references);
  }
  result.invalid = static_cast<double>(invalid) / static_cast<double>(examples.size());
  result.scores = measure(task.metrics, judged, metric_options);
  return result;
}

}  // namespace t5
