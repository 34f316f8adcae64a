// Claims about the village's tasks: every answer follows from what it was asked of, and what tests
// a model is not among what trains it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "t5/tasks/mixture.h"
#include "tests/t5/cli/workspace.h"
#include "tests/t5/files/temporary_directory.h"
#include "tutorials/corpora/village/corpus.h"

using namespace t5;
using namespace t5::corpus::village;

namespace {

const Village& village() {
  static const Village made = make_village({.seed = 1, .examples = 600});
  return made;
}

const TaskExamples& task(const std::string& name) {
  for (const TaskExamples& task : village().tasks)
    if (task.kind->name == name) return task;
  FAIL("no task ", name);
  return village().tasks[0];
}

std::vector<const Row*> rows(const TaskExamples& task) {
  std::vector<const Row*> all;
  for (const auto& split : task.rows)
    for (const Row& row : split) all.push_back(&row);
  return all;
}

// The rows of a file, by the first column that `key` names.
using Table = std::map<std::string, std::vector<std::string>>;

Table table(const std::string& file) {
  static const auto files = village_files(village());
  Table table;
  for (const std::string& line : parts(files.at(file), "\n")) {
    std::vector<std::string> fields = parts(line, "\t");
    table[fields[0]] = fields;
  }
  return table;
}

std::string input_of(const Row& row) {
  std::string input;
  for (size_t i = 0; i + 1 < row.fields.size(); ++i) input += row.fields[i] + "\t";
  return input;
}

// How often each answer of a task comes, as a share.
std::map<std::string, double> answers(const TaskExamples& task) {
  std::map<std::string, double> shares;
  for (const Row& row : task.rows[0])
    shares[row.fields.back()] += 1.0 / static_cast<double>(task.rows[0].size());
  return shares;
}

// "a: x; b: y" as x and y.
std::vector<std::string> values_of(const std::string& list, const std::string& separator) {
  std::vector<std::string> values;
  for (const std::string& part : parts(list, separator))
    values.push_back(part.substr(part.find(": ") + 2));
  return values;
}

}  // namespace

TEST_SUITE("corpora") {
  TEST_CASE("village: at least twenty tasks, each with rows in all splits") {
    CHECK(village().tasks.size() >= 20);
    for (const TaskExamples& task : village().tasks) {
      INFO(task.kind->name);
      CHECK(std::ssize(task.rows[0]) >= 400);
      CHECK(std::ssize(task.rows[1]) >= 30);
      CHECK(std::ssize(task.rows[2]) >= 60);
      CHECK(std::ssize(task.rows[3]) >= 40);
    }
  }

  TEST_CASE("village: no input of a task comes twice, in one split or in two") {
    for (const TaskExamples& task : village().tasks) {
      std::set<std::string> inputs;
      for (const Row* row : rows(task)) {
        INFO(task.kind->name);
        CHECK_MESSAGE(inputs.insert(input_of(*row)).second, input_of(*row));
      }
    }
  }

  TEST_CASE("village: a combination that tests a model is in no other split") {
    for (const TaskExamples& task : village().tasks) {
      std::set<std::string> unseen;
      for (const Row& row : task.rows[3])
        if (!row.combination.empty()) unseen.insert(row.combination);
      for (size_t split = 0; split < 3; ++split)
        for (const Row& row : task.rows[split])
          CHECK_MESSAGE(!unseen.contains(row.combination), task.kind->name, row.combination);
    }
  }

  TEST_CASE("village: no text to pretrain on tells an event that tests a model") {
    std::set<std::string> told;
    for (const std::string& document : village().text)
      for (const std::string& sentence : parts(document, ". ")) told.insert(sentence);
    CHECK(told.size() > 2000);
    for (size_t split : {2, 3})
      for (const Row& row : task("summary").rows[split]) {
        std::string sentence = parts(row.fields[0], ". ")[0];
        CHECK_MESSAGE(!told.contains(sentence), sentence);
      }
  }

  TEST_CASE("village: labels are balanced") {
    for (const char* name : {"yes_or_no", "answers_it", "acceptability", "paraphrase", "entailment",
                             "sentiment", "spam", "mood", "lookup", "relation"}) {
      auto shares = answers(task(name));
      for (const auto& [label, share] : shares) {
        INFO(name, " ", label, " ", share);
        CHECK(share > 0.4 / static_cast<double>(shares.size()));
        CHECK(share < 2.0 / static_cast<double>(shares.size()));
      }
    }
  }

  TEST_CASE("village: the answer to a question stands in the text, and not in the question") {
    for (const Row* row : rows(task("question"))) {
      INFO(row->fields[0], " ", row->fields[1]);
      CHECK(contains(row->fields[1], row->fields[2]));
      CHECK(!contains(row->fields[0], row->fields[2]));
    }
  }

  TEST_CASE("village: people of whom a question with the answer True asks are in its passage") {
    std::regex name("[A-Z][a-z]+ [A-Z][a-z]+");
    for (const Row* row : rows(task("yes_or_no"))) {
      if (row->fields[2] != "True") continue;
      std::string asked = row->fields[0].substr(row->fields[0].find(' ') + 1);  // after "Did"
      for (std::sregex_iterator at(asked.begin(), asked.end(), name), end; at != end; ++at)
        CHECK_MESSAGE(contains(row->fields[1], at->str()), row->fields[0], " ", row->fields[1]);
    }
  }

  TEST_CASE("village: answers without a text are those of the tables") {
    Table firms = table("tables/firms.tsv"), people = table("tables/people.tsv");
    int of_firms = 0, of_people = 0;
    for (const Row* row : rows(task("closed_book"))) {
      const std::string& answer = row->fields[1];
      auto holds = [&](const auto& entry) {
        return contains(row->fields[0], entry.first) &&
               std::count(entry.second.begin() + 1, entry.second.end(), answer) > 0;
      };
      of_firms += std::any_of(firms.begin(), firms.end(), holds);
      of_people += std::any_of(people.begin(), people.end(), holds);
      bool is_person = people.contains(answer);  // a husband or wife, or an owner
      CHECK_MESSAGE((is_person || std::any_of(firms.begin(), firms.end(), holds) ||
                     std::any_of(people.begin(), people.end(), holds)),
                    row->fields[0], " ", answer);
    }
    CHECK(of_firms > 20);
    CHECK(of_people > 20);
  }

  TEST_CASE("village: a query names columns that there are, and values of the question") {
    std::map<std::string, std::vector<std::string>> columns;
    for (const char* name : {"people", "firms", "products"})
      columns[name] = table(fmt::format("tables/{}.tsv", name)).at("name");
    std::regex form(R"(SELECT (?:(?:COUNT|MAX|MIN|AVG)\()?(\*|\w+)\)? FROM (\w+) WHERE (.*))");
    std::regex condition(R"((\w+) [=<>] (?:'([^']*)'|(\d+))(?: AND )?)");
    for (const Row* row : rows(task("query"))) {
      const std::string &question = row->fields[0], &query = row->fields[1];
      INFO(question, " ", query);
      std::smatch parts;
      REQUIRE(std::regex_match(query, parts, form));
      REQUIRE(columns.contains(parts[2]));
      const auto& known = columns[parts[2]];
      CHECK((parts[1] == "*" || std::count(known.begin(), known.end(), parts[1].str()) > 0));
      std::string rest = parts[3];
      CHECK(std::regex_replace(rest, condition, "").empty());
      for (std::sregex_iterator at(rest.begin(), rest.end(), condition), end; at != end; ++at) {
        CHECK(std::count(known.begin(), known.end(), (*at)[1].str()) == 1);
        CHECK(contains(question, (*at)[2].matched ? (*at)[2].str() : (*at)[3].str()));
      }
    }
  }

  TEST_CASE("village: names, roles and graphs name what stands in the text") {
    for (const Row* row : rows(task("names")))
      for (const std::string& name : values_of(row->fields[1], " $$ "))
        CHECK_MESSAGE(contains(row->fields[0], name), row->fields[0], row->fields[1]);
    for (const Row* row : rows(task("roles"))) {
      std::string sentence = sentences(row->fields[1]);
      for (const std::string& value : values_of(row->fields[2], "; "))
        CHECK_MESSAGE((contains(sentence, value) || contains(sentence, sentences(value))),
                      row->fields[1], row->fields[2]);
    }
    for (const Row* row : rows(task("triples")))
      for (const std::string& triple : parts(row->fields[1], ";")) {
        std::string head = parts(triple, "|")[0], tail = parts(triple, "|")[2];
        CHECK_MESSAGE((contains(row->fields[0], head) || contains(row->fields[0], sentences(head))),
                      row->fields[0], " ", triple);
        CHECK_MESSAGE(contains(row->fields[0], tail), row->fields[0], " ", triple);
      }
  }

  TEST_CASE("village: what is wrong on purpose is never also right") {
    std::set<std::string> right;
    for (const Row* row : rows(task("acceptability")))
      if (row->fields[1] == "acceptable") right.insert(row->fields[0]);
    for (const Row* row : rows(task("repair"))) right.insert(row->fields[1]);
    for (const Row* row : rows(task("acceptability")))
      if (row->fields[1] == "unacceptable")
        CHECK_MESSAGE(!right.contains(row->fields[0]), row->fields[0]);
    for (const Row* row : rows(task("repair")))
      CHECK_MESSAGE(!right.contains(row->fields[0]), row->fields[0]);
  }

  TEST_CASE("village: the person meant is one of the candidates, and all of what is told of them") {
    for (const Row* row : rows(task("linking"))) {
      INFO(row->fields[0], " ", row->fields[1]);
      auto candidates = parts(row->fields[1], ";");
      REQUIRE(candidates.size() == 2);
      const std::string& meant =
          candidates[0].starts_with(row->fields[2] + ",") ? candidates[0] : candidates[1];
      CHECK(meant.starts_with(row->fields[2] + ","));
      std::string lower = row->fields[0];
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      int fitting = 0;  // of job, street and hobby
      auto traits = parts(meant, ",");
      for (size_t i = 1; i < traits.size(); ++i)
        fitting += contains(row->fields[0], traits[i]) || contains(lower, traits[i]);
      CHECK(fitting == 1);
    }
  }

  TEST_CASE("village: products are ranked by the stars that the person would give each") {
    std::map<std::string, int> stars;
    for (const Row* row : rows(task("rating"))) stars[input_of(*row)] = std::stoi(row->fields[2]);
    int compared = 0;
    for (const Row* row : rows(task("ranking"))) {
      auto ranked = parts(row->fields[2], ","), shown = parts(row->fields[1], ",");
      CHECK(std::is_permutation(ranked.begin(), ranked.end(), shown.begin(), shown.end()));
      for (int i = 0; i < 2; ++i) {
        auto better = stars.find(row->fields[0] + "\t" + ranked[i] + "\t");
        auto worse = stars.find(row->fields[0] + "\t" + ranked[i + 1] + "\t");
        if (better == stars.end() || worse == stars.end()) continue;
        CHECK_MESSAGE(better->second > worse->second, row->fields[0], " ", row->fields[2]);
        ++compared;
      }
    }
    CHECK(compared > 20);
  }

  TEST_CASE("village: each swing changes the mood about its firm") {
    std::map<std::string, std::string> moods;
    for (const Swing& swing : village().swings) {
      CHECK(swing.mood != (moods.contains(swing.firm) ? moods[swing.firm] : "neutral"));
      moods[swing.firm] = swing.mood;
    }
    CHECK(moods.size() == 20);
    CHECK(village().stream.size() > 2000);
  }

  TEST_CASE("village: the task files are read, and every answer is one that its task can give") {
    TemporaryDirectory folder;
    write_village(village(), folder / "village");
    Mixture mixture = read_mixture(folder / "village/mixture.json");
    REQUIRE(mixture.tasks.size() == village().tasks.size());
    for (const MixedTask& part : mixture.tasks)
      for (const char* split : {"train", "validation", "test", "unseen"})
        for (const TaskExample& example : part.task.examples(split)) {
          INFO(example.place);
          CHECK(part.task.answer(example.text.target) == example.text.target);
        }
  }

  TEST_CASE("village: the same options write the same files") {
    VillageOptions options{.seed = 5, .examples = 100};
    CHECK(village_files(make_village(options)) == village_files(make_village(options)));
  }

  TEST_CASE("village: build/corpus refuses what it does not know, and writes nothing") {
    const test::Workspace& w = test::Workspace::instance();
    for (const char* wrong : {"--size huge", "--examples 5", "--examples 100 --size small"}) {
      INFO(wrong);
      CHECK(w.shell(std::string("$CORPUS village --output village ") + wrong).status == 2);
      CHECK(!w.exists("village"));
    }
    CHECK(w.shell("$CORPUS village --output village --examples 100").status == 0);
    CHECK(w.exists("village/mixture.json"));
  }
}
