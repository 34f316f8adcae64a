// The formats of the paper's benchmark (Raffel et al. 2020, appendix D), as t5.data.preprocessors
// has them: GLUE, SuperGLUE, SQuAD, CNN/Daily Mail, WMT. Fields are called as in the data sets.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "t5/tasks/task.h"
#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct Format {
  const char *name, *what, *inputs, *targets;
  std::vector<std::string> labels;  // what the label's numbers mean, from 0
  std::vector<std::string> metrics;
};

// A benchmark's name, then fields and their names in alphabetical order.
const Format kFormats[] = {
    {"cola",
     "acceptable English or not",
     "cola sentence: {sentence}",
     "{label}",
     {"unacceptable", "acceptable"},
     {"matthews"}},
    {"sst2",
     "sentiment of a sentence",
     "sst2 sentence: {sentence}",
     "{label}",
     {"negative", "positive"},
     {"accuracy"}},
    {"mrpc",
     "paraphrase or not",
     "mrpc sentence1: {sentence1} sentence2: {sentence2}",
     "{label}",
     {"not_equivalent", "equivalent"},
     {"accuracy", "f1_macro"}},
    {"stsb",
     "how alike two sentences are, 0 to 5",
     "stsb sentence1: {sentence1} sentence2: {sentence2}",
     "{label}",
     {},
     {"pearson", "spearman"}},
    {"qqp",
     "the same question or not",
     "qqp question1: {question1} question2: {question2}",
     "{label}",
     {"not_duplicate", "duplicate"},
     {"accuracy", "f1_macro"}},
    {"mnli",
     "what follows from a premise",
     "mnli hypothesis: {hypothesis} premise: {premise}",
     "{label}",
     {"entailment", "neutral", "contradiction"},
     {"accuracy"}},
    {"qnli",
     "does the sentence answer the question",
     "qnli question: {question} sentence: {sentence}",
     "{label}",
     {"entailment", "not_entailment"},
     {"accuracy"}},
    {"rte",
     "what follows from a text",
     "rte sentence1: {sentence1} sentence2: {sentence2}",
     "{label}",
     {"entailment", "not_entailment"},
     {"accuracy"}},
    {"boolq",
     "yes-no questions on a passage",
     "boolq passage: {passage} question: {question}",
     "{label}",
     {"False", "True"},
     {"accuracy"}},
    {"cb",
     "what a speaker is committed to",
     "cb hypothesis: {hypothesis} premise: {premise}",
     "{label}",
     {"entailment", "contradiction", "neutral"},
     {"accuracy", "f1_macro"}},
    {"copa",
     "cause or effect",
     "copa choice1: {choice1} choice2: {choice2} premise: {premise} question: {question}",
     "{label}",
     {"choice1", "choice2"},
     {"accuracy"}},
    {"wic",
     "the same sense of a word or not",
     "wic sentence1: {sentence1} sentence2: {sentence2} word: {word}",
     "{label}",
     {"False", "True"},
     {"accuracy"}},
    {"multirc",
     "is an answer to a question on a paragraph right",
     "multirc question: {question} answer: {answer} paragraph: {paragraph}",
     "{label}",
     {"False", "True"},
     {"accuracy", "f1_macro"}},
    {"record",
     "which entity fills the gap",
     "record query: {query} entities: {entities} passage: {passage}",
     "{answers}",
     {},
     {"squad_em", "squad_f1"}},
    {"wsc", "whom a pronoun means", "wsc: {text}", "{span1_text}", {}, {"squad_em"}},
    {"squad",
     "questions on a paragraph",
     "question: {question} context: {context}",
     "{answers}",
     {},
     {"squad_em", "squad_f1"}},
    {"cnn_dailymail",
     "summaries",
     "summarize: {article}",
     "{highlights}",
     {},
     {"rouge1", "rouge2", "rougeLsum"}},
    {"wmt_en_de", "English to German", "translate English to German: {en}", "{de}", {}, {"bleu"}},
    {"wmt_en_fr", "English to French", "translate English to French: {en}", "{fr}", {}, {"bleu"}},
    {"wmt_en_ro",
     "English to Romanian",
     "translate English to Romanian: {en}",
     "{ro}",
     {},
     {"bleu"}},
    {"wmt_fr_en", "French to English", "translate French to English: {fr}", "{en}", {}, {"bleu"}},
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

// Any run of white space as one space.
std::string one_space(const std::string& text) {
  std::string joined;
  bool space = false;
  for (char c : text) {
    bool is_space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!is_space || !space) joined += is_space ? ' ' : c;
    space = is_space;
  }
  return joined;
}

// Punctuation of ASCII stands alone: "Who's there?" is read as "Who ' s there ? ".
std::string padded(const std::string& text) {
  std::string apart;
  for (char c : text)
    apart +=
        std::ispunct(static_cast<unsigned char>(c)) ? fmt::format(" {} ", c) : std::string(1, c);
  return one_space(apart);
}

std::vector<TaskExample> squad(const Record& record) {
  std::vector<std::string> answers = record.list("answers.text");
  check(!answers.empty(), "{}: there is no field answers.text.0", record.place);
  for (std::string& answer : answers) answer = padded(answer);
  std::string input = one_space(fmt::format(
      "question: {} context: {}", padded(record.at("question")), padded(record.at("context"))));
  return {{{input, answers[0]}, answers, ""}};
}

// An example for each answer, each right; "<unk>" where there is none.
std::vector<TaskExample> record_examples(const Record& record) {
  std::string passage = record.at("passage");
  for (const char* end : {".", "?", "!", "\"", "'"})
    passage = replaced(passage, std::string(end) + "\n@highlight\n", std::string(end) + " ");
  passage = replaced(passage, "\n@highlight\n", ". ");
  std::string input = fmt::format("record query: {} entities: {} passage: {}", record.at("query"),
                                  fmt::join(record.list("entities"), ", "), passage);
  std::vector<std::string> answers = record.list("answers");
  if (answers.empty()) answers = {"<unk>"};
  std::vector<TaskExample> examples;
  for (const std::string& answer : answers) examples.push_back({{input, answer}, answers, ""});
  return examples;
}

// The pronoun, word number span2_index, between stars. Where a record says that the noun is not
// what it means, there is nothing to be learned.
std::vector<TaskExample> wsc(const Record& record) {
  const std::string* label = record.find("label");
  if (label != nullptr && (*label == "0" || *label == "false")) return {};
  std::vector<std::string> words = words_of(record.at("text"));
  auto at = text_to_number(record.at("span2_index"));
  const std::string& pronoun = record.at("span2_text");
  bool fits = at && *at >= 0 && *at < static_cast<double>(words.size()) &&
              words[static_cast<size_t>(*at)] == pronoun;
  check(fits, "{}: span2_text is '{}', which is not word {} of the text", record.place, pronoun,
        record.at("span2_index"));
  words[static_cast<size_t>(*at)] = "*" + pronoun + "*";
  const std::string& noun = record.at("span1_text");
  return {{{fmt::format("wsc: {}", fmt::join(words, " ")), noun}, {noun}, ""}};
}

// The paragraph without its marks of bold print and line breaks.
std::vector<TaskExample> multirc(const Record& record) {
  Record plain = record;
  for (auto& [name, text] : plain.fields) {
    text = replaced(text, "<br>", " ");
    for (const char* mark : {"<b>", "</b>"}) text = replaced(text, mark, "");
  }
  Task task = built_in_task("multirc");
  task.preprocessor = {};
  return task.examples_of(plain);
}

Preprocessor preprocessor_of(const std::string& name) {
  if (name == "squad") return squad;
  if (name == "record") return record_examples;
  if (name == "wsc") return wsc;
  return name == "multirc" ? multirc : Preprocessor();
}

}  // namespace

std::vector<std::string> built_in_names() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

Task built_in_task(const std::string& name) {
  auto found = std::find_if(std::begin(kFormats), std::end(kFormats),
                            [&](const Format& format) { return format.name == name; });
  check(found != std::end(kFormats), "task: '{}' is neither a file nor one of {}", name,
        fmt::join(built_in_names(), ", "));
  Task task;
  task.name = name;
  task.what = found->what;
  task.columns.header = true;
  task.inputs = TextTemplate(found->inputs);
  task.targets = TextTemplate(found->targets);
  task.metrics = found->metrics;
  for (size_t i = 0; i < found->labels.size(); ++i) {
    auto& meanings = task.values["label"];
    meanings[std::to_string(i)] = meanings[found->labels[i]] = found->labels[i];
  }
  if (!found->labels.empty() && found->labels[0] == "False")
    for (auto [text, label] : {std::pair("false", "False"), {"true", "True"}})
      task.values["label"][text] = label;
  if (name == "stsb") task.steps["label"] = 0.2;
  task.preprocessor = preprocessor_of(name);
  return task;
}

}  // namespace t5
