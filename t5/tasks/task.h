// A task: a problem cast as text to text (Raffel et al. 2020, section 2.4 and appendix D). Where
// its data are, what the model reads and is to write, by which metrics it is judged.
//
// A task is a file, in the terms of seqio; see read_task. The formats of the paper's benchmark are
// built in under their names.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "t5/tasks/records.h"
#include "t5/tasks/template.h"
#include "t5/text/examples.h"

namespace t5 {

struct TaskExample {
  Example text;                         // what the model reads and is trained to write
  std::vector<std::string> references;  // every answer that would be right
  std::string place;                    // "train.tsv:17"
};

// What an answer is: any text, one of some labels, a number.
enum class AnswerKind { kText, kLabel, kNumber };

// What is made of a record: usually one example, sometimes several or none.
using Preprocessor = std::function<std::vector<TaskExample>(const Record&)>;

class Task {
 public:
  std::string name = "";
  std::string what = "";                           // in a few words, of those that are built in
  std::map<std::string, std::string> splits = {};  // "train", "validation", "test": their files
  Columns columns = {};
  TextTemplate inputs{"{inputs}"}, targets{"{targets}"};
  // Of a field, what is written in place of each text that it may have.
  std::map<std::string, std::map<std::string, std::string>> values = {};
  std::map<std::string, double> steps = {};  // of a field that is a number: rounded to multiples
  std::vector<std::string> metrics = {"exact_match"};
  std::map<std::string, std::string> generation = {};  // settings, as a command line has them
  Preprocessor preprocessor = {};                      // in place of the templates

  AnswerKind answer_kind() const;
  std::vector<std::string> labels() const;  // that an answer may be; empty: not of that kind

  // Throws Error, which names the record's place, for a field that is not there, and for a value
  // that is not among those of its field.
  std::vector<TaskExample> examples_of(const Record& record) const;
  // All examples of a split. Throws Error when there is no such split.
  std::vector<TaskExample> examples(const std::string& split) const;
  std::vector<TaskExample> examples_in(const std::string& file) const;
  // The input alone, of a line that a user types: the only field, or a JSON object of them.
  std::string input_of(const std::string& line, const std::string& place) const;

  // What a model's text means, as a label, a number or the text; nothing when it is neither.
  std::optional<std::string> answer(const std::string& text) const;

 private:
  std::string filled(const TextTemplate& text, const Record& record) const;
};

// One of the built-in formats, or the task in a file:
//
//   {"name": "reviews", "splits": {"train": "train.tsv", "test": "test.tsv"}, "header": true,
//    "inputs": "sst2 sentence: {text}", "targets": "{stars}",
//    "values": {"stars": {"0": "negative", "1": "positive"}}, "metrics": ["accuracy"],
//    "generation": {"max_new_tokens": 4}}
//
// Other keys: "columns", the names of columns without a header; "steps": {"score": 0.2}; "format",
// a built-in format that says what the file does not. Paths are relative to the file. Throws Error
// for a key, a metric or a format that is not known, and names those that are.
Task read_task(const std::string& file);

Task built_in_task(const std::string& name);
std::vector<std::string> built_in_names();
// The task of a file, where there is one of that path; otherwise the built-in one of that name.
Task task_named(const std::string& path_or_name);

// STS-B as text: the multiple of `step` that is nearest, halves to the even one; with as many
// decimals as the step has (Raffel et al. 2020, section 2.4: 2.57 becomes "2.6").
std::string number_to_text(double number, double step);
// The number that a text is, to the last character; nothing otherwise: "2.6", not "2.6 stars".
std::optional<double> text_to_number(const std::string& text);

}  // namespace t5
