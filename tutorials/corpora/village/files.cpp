// The corpus as files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "tutorials/corpora/english_french/corpus.h"
#include "tutorials/corpora/village/corpus.h"

namespace t5::corpus::village {
namespace {

using Files = std::map<std::string, std::string>;

std::string lines_of(const std::vector<std::string>& lines) {
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string table(const std::string& columns, const std::vector<Row>& rows) {
  std::string text = fmt::format("{}\n", fmt::join(parts(columns, " "), "\t"));
  for (const Row& row : rows) text += fmt::format("{}\n", fmt::join(row.fields, "\t"));
  return text;
}

std::string task_file(const TaskKind& kind) {
  std::string answer = parts(kind.columns, " ").back(), values, splits;
  for (const char* split : kSplits) {
    std::string name = std::string(split) == "valid" ? "validation" : split;
    splits +=
        fmt::format("{}\"{}\": \"{}/{}.tsv\"", splits.empty() ? "" : ", ", name, kind.name, split);
  }
  if (*kind.labels)
    for (const std::string& label : parts(kind.labels, " "))
      values += fmt::format("{}\"{}\": \"{}\"", values.empty() ? "" : ", ", label, label);
  std::string text = fmt::format(
      "{{\"name\": \"{}\",\n \"splits\": {{{}}},\n \"header\": true,\n \"inputs\": \"{}\", "
      "\"targets\": \"{{{}}}\",\n",
      kind.name, splits, kind.inputs, answer);
  if (!values.empty()) text += fmt::format(" \"values\": {{\"{}\": {{{}}}}},\n", answer, values);
  if (*kind.step) text += fmt::format(" \"steps\": {{\"{}\": {}}},\n", answer, kind.step);
  return text + fmt::format(
                    " \"metrics\": [\"{}\"], \"generation\": {{\"num_beams\": 1, "
                    "\"max_new_tokens\": {}}}}}\n",
                    fmt::join(parts(kind.metrics, " "), "\", \""), kind.max_new_tokens);
}

void add_tables(const World& world, Files& files) {
  std::string& people = files["tables/people.tsv"];
  people = "name\tage\tstreet\tjob\thobby\n";
  for (const Person& p : world.people)
    people += fmt::format("{}\t{}\t{}\t{}\t{}\n", p.name(), p.age, p.street, p.job, p.hobby);
  std::string &firms = files["tables/firms.tsv"], &products = files["tables/products.tsv"];
  firms = "name\tkind\tstreet\towner\tclosed\tfounded\n";
  products = "name\tfirm\tprice\n";
  for (const Firm& f : world.firms) {
    firms += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", f.name, thing(f.kind).text, f.street,
                         world.people[f.owner].name(), f.closed, f.founded);
    for (const Product& product : f.products)
      products += fmt::format("{}\t{}\t{}\n", thing(product.noun).text, f.name, product.price);
  }
}

void add_stream(const Village& village, Files& files) {
  std::string &stream = files["stream/headlines.tsv"], &swings = files["stream/swings.tsv"];
  stream = "day\theadline\n";
  for (const Headline& h : village.stream) stream += fmt::format("{}\t{}\n", h.day, h.text);
  swings = "day\tfirm\tmood\n";
  for (const Swing& s : village.swings)
    swings += fmt::format("{}\t{}\t{}\n", s.day, s.firm, s.mood);
}

void add_answers(Files& files) {
  std::string& answers = files["lookup/answers.tsv"];
  answers = "label\tanswer\n";
  for (const std::string& key : grammar().keys("help"))
    if (key.ends_with("_answer"))
      answers += fmt::format("{}\t{}\n", key.substr(0, key.rfind('_')),
                             sentences(grammar().lines("help." + key)[0]));
}

}  // namespace

std::map<std::string, std::string> village_files(const Village& village) {
  Files files = {{"text.txt", lines_of(village.text)},
                 {"text.valid.txt", lines_of(village.text_valid)}};
  std::vector<std::string> names;
  for (const TaskExamples& task : village.tasks) {
    std::string name = task.kind->name;
    for (size_t split = 0; split < 4; ++split)
      files[name + "/" + kSplits[split] + ".tsv"] = table(task.kind->columns, task.rows[split]);
    files[name + ".json"] = task_file(*task.kind);
    names.push_back(fmt::format("{{\"file\": \"{}.json\"}}", name));
  }
  files["mixture.json"] = fmt::format("{{\"tasks\": [\n  {}],\n \"mixing\": \"proportional\"}}\n",
                                      fmt::join(names, ",\n  "));
  add_tables(village.world, files);
  add_stream(village, files);
  add_answers(files);
  return files;
}

void write_village(const Village& village, const std::string& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> files = village_files(village);
  auto last = files.extract("mixture.json");
  for (const auto& [name, text] : files) {
    fs::path path = fs::path(directory) / name;
    make_directories(path.parent_path().string());
    write_file(path.string(), text);
  }
  write_file((fs::path(directory) / last.key()).string(), last.mapped());
}

}  // namespace t5::corpus::village
