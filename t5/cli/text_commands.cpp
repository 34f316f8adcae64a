// t5 generate, t5 score, t5 evaluate.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "t5/cli/commands.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "t5/report/progress.h"
#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// A model with its tokenizer; without one when the text is ids.
struct Loaded {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;

  Loaded(const std::string& directory, bool ids) : model(load_predictor(directory)) {
    if (ids) return;
    tokenizer = load_tokenizer(directory);
    check_vocabulary(*tokenizer, model->config());
  }

  Ids read(const std::string& text, const std::string& place) const {
    return read_ids(text, place, tokenizer.get(), model->config().vocab_size);
  }

  std::string write(const Ids& ids) const {
    if (!tokenizer) return fmt::format("{}", fmt::join(ids, " "));
    std::string text = tokenizer->decode(ids);
    std::replace(text.begin(), text.end(), '\n', ' ');  // one answer, one line
    return text;
  }
};

struct GenerateCommand {
  std::string model, task, prefix, allowed;
  std::vector<std::string> bad_words;
  bool ids = false, scores = false;
  int64_t batch_size = 64;
  uint64_t seed = 0;
  std::map<std::string, std::string> given;  // by the names of generation_settings()
};

std::string flag_of(const std::string& setting) {
  std::string flag = "--" + setting;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

// What a reader of --help is told of the value of a setting.
const char* type_of(const GenerationSetting& setting) {
  constexpr const char* kTypes[] = {"N", "X", "true|false", "true|false|never", "ID[,ID]"};
  return kTypes[setting.field.index()];
}

// An error about a setting of the command line, told of its flag.
UsageError usage_error(std::string message, const GenerateCommand& command) {
  for (const auto& [name, text] : command.given) {
    std::string place = "command line: " + name + ":";
    if (message.starts_with(place)) message = flag_of(name) + ":" + message.substr(place.size());
  }
  return {message};
}

Ids without_eos(Ids ids, Id eos) {
  while (!ids.empty() && ids.back() == eos) ids.pop_back();
  return ids;
}

// Of the model's directory, the task and the command line, the last word has the last. Returns
// the text that goes before every input.
std::string read_options(const GenerateCommand& command, const Loaded& loaded,
                         GenerationOptions& options) {
  options = load_generation_options(command.model);
  std::string before;
  if (!command.task.empty()) before = apply_task(command.model, command.task, options);
  try {
    apply_settings(command.given, options);
  } catch (const Error& error) {
    throw usage_error(error.what(), command);
  }
  options.batch_size = command.batch_size;
  options.seed = command.seed;
  Id eos = static_cast<Id>(loaded.model->config().eos_token_id);
  if (!command.prefix.empty())
    options.prefix = without_eos(loaded.read(command.prefix, "--prefix"), eos);
  for (const std::string& word : command.bad_words)
    options.bad_words_ids.push_back(without_eos(loaded.read(word, "--bad-words"), eos));
  if (command.allowed.empty()) return before;
  int64_t number = 0;
  for (const std::string& line : read_lines(command.allowed)) {
    options.allowed_outputs.push_back(
        without_eos(loaded.read(line, fmt::format("{}:{}", command.allowed, ++number)), eos));
    options.allowed_outputs.back().push_back(
        options.eos_token_id.empty() ? eos : options.eos_token_id[0]);
  }
  check(number > 0, "{}: no allowed outputs", command.allowed);
  return before;
}

// Writes an output to the terminal as it grows: text is decoded anew with each token, and what is
// new of it is printed.
class Stream {
 public:
  explicit Stream(const Loaded& loaded) : loaded_(loaded) {}

  void add(Id token) {
    ids_.push_back(token);
    print(loaded_.write(ids_));
  }
  void finish(const Ids& ids) {
    print(loaded_.write(ids));
    fmt::print("\n");
    ids_.clear();
    shown_.clear();
  }

 private:
  void print(const std::string& text) {
    if (!text.starts_with(shown_) || text.ends_with("\xef\xbf\xbd")) return;
    fmt::print("{}", text.substr(shown_.size()));
    std::fflush(stdout);
    shown_ = text;
  }

  const Loaded& loaded_;
  Ids ids_;
  std::string shown_;
};

void print_output(const GenerateCommand& command, const Common& common, const std::string& input,
                  const std::string& text, double score) {
  if (common.json)
    print_json({{"input", input}, {"output", text}, {"score", score}});
  else if (command.scores)
    fmt::print("{:.6f}\t{}\n", score, text);
  else
    fmt::print("{}\n", text);
}

// One line at a time at a terminal, many in a pipe.
void generate_lines(const GenerateCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  GenerationOptions options;
  std::string before = read_options(command, loaded, options);
  bool talking = isatty(0) && isatty(1) && !common.json && !command.scores &&
                 options.num_beams == 1 && options.num_return_sequences == 1;
  size_t chunk = isatty(0) ? 1 : static_cast<size_t>(4 * options.batch_size);
  Stream stream(loaded);
  TokenCallback on_token;
  if (talking) on_token = [&](int64_t, Id token) { stream.add(token); };
  for_each_chunk(chunk, [&](const std::vector<Line>& lines) {
    std::vector<Ids> inputs;
    for (const Line& line : lines)
      inputs.push_back(loaded.read(command.ids ? line.text : before + line.text, line.place));
    std::vector<Generated> outputs;
    if (common.json || command.scores)
      outputs = generate_scored(*loaded.model, inputs, options, on_token);
    else
      for (Ids& ids : generate(*loaded.model, inputs, options, on_token))
        outputs.push_back({std::move(ids)});
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Line& line = lines[i / options.num_return_sequences];
      if (talking)
        stream.finish(outputs[i].ids);
      else
        print_output(command, common, line.text, loaded.write(outputs[i].ids), outputs[i].score);
    }
  });
}

struct DataCommand {
  std::string model, data;
  bool ids = false;
  int64_t batch_size = 64, max_new_tokens = 128;
  std::vector<std::string> metrics{"exact_match", "token_accuracy", "loss"};
};

std::vector<TokenPair> read_pairs(const Loaded& loaded, const std::vector<Example>& examples,
                                  const std::string& path) {
  if (loaded.tokenizer) return tokenize(examples, *loaded.tokenizer, loaded.model->config());
  std::vector<TokenPair> pairs;
  for (const Example& example : examples) {
    std::string place = fmt::format("{}:{}", path, pairs.size() + 1);
    pairs.push_back({loaded.read(example.input, place), loaded.read(example.target, place)});
  }
  return pairs;
}

void score(const DataCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  auto pairs = read_pairs(loaded, read_examples(command.data), command.data);
  for (const PairScore& s : score_pairs(*loaded.model, pairs, command.batch_size)) {
    if (common.json)
      print_json(
          {{"log_probability", s.log_probability}, {"tokens", s.tokens}, {"loss", s.loss()}});
    else
      fmt::print("{:.6f}\t{}\t{:.6f}\n", s.log_probability, s.tokens, s.loss());
  }
}

// The share of pairs whose generated text is the target, white space aside.
double exact_match(const Loaded& loaded, const std::vector<Example>& examples,
                   const std::vector<TokenPair>& pairs, const DataCommand& command) {
  std::vector<Ids> inputs;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  GenerationOptions options;
  options.max_new_tokens = command.max_new_tokens;
  options.batch_size = command.batch_size;
  auto outputs = generate(*loaded.model, inputs, options);
  auto words = [](const std::string& text) {
    std::istringstream stream(text);
    return std::vector<std::string>(std::istream_iterator<std::string>(stream), {});
  };
  int64_t hits = 0;
  for (size_t i = 0; i < outputs.size(); ++i)
    hits += words(loaded.write(outputs[i])) == words(examples[i].target);
  return static_cast<double>(hits) / static_cast<double>(outputs.size());
}

void evaluate_file(const DataCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  auto examples = read_examples(command.data);
  auto pairs = read_pairs(loaded, examples, command.data);
  Evaluation teacher_forced;
  auto wants = [&](const char* metric) {
    return std::count(command.metrics.begin(), command.metrics.end(), metric) > 0;
  };
  if (wants("loss") || wants("token_accuracy"))
    teacher_forced = evaluate(*loaded.model, pairs, command.batch_size);
  std::vector<std::pair<std::string, double>> results;
  for (const std::string& metric : command.metrics)
    results.emplace_back(metric, metric == "loss" ? teacher_forced.loss
                                 : metric == "token_accuracy"
                                     ? teacher_forced.token_accuracy
                                     : exact_match(loaded, examples, pairs, command));
  if (common.json) return print_json({results.begin(), results.end()});
  for (const auto& [name, value] : results) fmt::print("{:<16} {:.6f}\n", name, value);
}

Options& declare_data(Options& options, DataCommand& o) {
  return options.required("--model", o.model, "a model directory")
      .required("--data", o.data, "TSV (input, tab, target) or JSON lines")
      .integer("--batch-size", o.batch_size, "pairs at a time", 1, 1 << 20)
      .flag("--ids", o.ids, "both fields are token ids, used as they are");
}

}  // namespace

void add_generate(Program& program) {
  program.command<GenerateCommand>(
      "generate", "lines of input on stdin to lines of output",
      "echo 'translate English to French: The cat sleeps.' | t5 generate --model build/demo/model",
      [](Options& options, GenerateCommand& o) {
        options.required("--model", o.model, "a model directory")
            .text("--task", o.task, "of config.json's task_specific_params: prefix and options")
            .text("--prefix", o.prefix, "how every output begins")
            .path("--allowed", o.allowed, "a file with the allowed outputs, one a line")
            .texts("--bad-words", o.bad_words, "words that must not occur")
            .integer("--batch-size", o.batch_size, "inputs decoded together", 1, 1 << 20)
            .seed(o.seed)
            .flag("--scores", o.scores, "each output's score and a tab before it")
            .flag("--ids", o.ids, "lines are token ids, used as they are");
        for (const GenerationSetting& setting : generation_settings()) {
          bool yes_or_no = std::holds_alternative<bool GenerationOptions::*>(setting.field);
          options.setting(flag_of(setting.name), o.given, setting.name, setting.help,
                          type_of(setting), yes_or_no ? "true" : nullptr);
        }
      },
      generate_lines);
}

void add_score(Program& program) {
  program.command<DataCommand>(
      "score", "log-probability, tokens and loss of given pairs",
      "t5 score --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) { declare_data(options, o); }, score);
}

void add_evaluate(Program& program) {
  program.command<DataCommand>(
      "evaluate", "measure a model on pairs",
      "t5 evaluate --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) {
        declare_data(options, o)
            .some_of("--metrics", o.metrics, "which, in which order",
                     {"exact_match", "token_accuracy", "loss"})
            .integer("--max-new-tokens", o.max_new_tokens, "of each generated text", 1, 1 << 20);
      },
      evaluate_file);
}

}  // namespace t5
