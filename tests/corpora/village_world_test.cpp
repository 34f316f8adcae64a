// Claims about the village: what happens fits to what happened before, and the English is whole.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "tensor/error.h"
#include "tutorials/corpora/village/corpus.h"

using namespace t5;
using namespace t5::corpus::village;

namespace {

const World& world() {
  static const World made = make_world(1);
  return made;
}

std::string text_of(const Event& event, const std::string& role) {
  return event.roles.at(role).text;
}

std::string several(const Event& event, const std::vector<std::string>& roles) {
  std::string all;
  for (const std::string& role : roles) all += text_of(event, role) + "+";
  return all;
}

// How often it happened that `roles` did `kind`, by who they are.
std::map<std::string, int> times(const std::string& kind, const std::vector<std::string>& roles) {
  std::map<std::string, int> times;
  for (const Event& event : world().events)
    if (event.kind == kind) ++times[several(event, roles)];
  return times;
}

bool never_twice(const std::map<std::string, int>& times) {
  return !times.empty() && std::all_of(times.begin(), times.end(),
                                       [](const auto& entry) { return entry.second == 1; });
}

// Every `after` comes later than a `before` of its own with the same things in these roles.
bool follows(const std::string& before, const std::vector<std::string>& roles_before,
             const std::string& after, const std::vector<std::string>& roles_after) {
  std::map<std::string, int> open;
  int found = 0;
  for (const Event& event : world().events) {
    if (event.kind == before) ++open[several(event, roles_before)];
    if (event.kind == after && --open[several(event, roles_after)] < 0) return false;
    found += event.kind == after;
  }
  return found > 100;
}

// Everything that is told: tasks, text for pretraining and headlines, by where it stands.
const std::map<std::string, std::vector<std::string>>& told() {
  static const auto lines = [] {
    std::map<std::string, std::vector<std::string>> lines;
    for (uint64_t seed : {1, 2, 3})
      for (const auto& [name, text] : village_files(make_village({.seed = seed, .examples = 300})))
        if (!name.ends_with(".json"))
          for (std::string& line : parts(text, "\n")) lines[name].push_back(std::move(line));
    return lines;
  }();
  return lines;
}

void check_no_line_has(const std::string& wrong, const std::set<std::string>& but_in = {}) {
  std::regex pattern(wrong);
  for (const auto& [name, lines] : told()) {
    if (but_in.contains(name.substr(0, name.find('/')))) continue;
    for (const std::string& line : lines) {
      INFO(name, ": ", line);
      if (std::regex_search(line, pattern)) FAIL("holds what no sentence has: ", wrong);
    }
  }
}

}  // namespace

TEST_SUITE("corpora") {
  TEST_CASE("village: the same seed gives the same year, another seed another") {
    auto names = [](const World& world) {
      std::string all;
      for (const Event& event : world.events)
        for (const auto& [role, value] : event.roles) all += event.kind + value.text;
      return all;
    };
    CHECK(names(make_world(1)) == names(world()));
    CHECK(names(make_world(2)) != names(world()));
  }

  TEST_CASE("village: of the size that is told") {
    CHECK(std::ssize(world().people) >= 150);
    CHECK(std::ssize(world().people) < 200);
    CHECK(std::ssize(world().firms) == 20);
    CHECK(std::ssize(grammar().lines("places.all")) == 25);
    CHECK(std::ssize(world().events) > 5000);
    std::set<std::string> names;
    for (const Person& person : world().people) CHECK(names.insert(person.name()).second);
  }

  TEST_CASE("village: what is found was lost, what is returned was lent") {
    CHECK(follows("lose", {"who", "what", "where"}, "find", {"whom", "what", "where"}));
    CHECK(follows("lend", {"who", "what", "whom"}, "return", {"whom", "what", "who"}));
    CHECK(follows("damage", {"where"}, "repair", {"where"}));
  }

  TEST_CASE("village: nobody marries, gives birth or breaks a bone twice in the year") {
    CHECK(never_twice(times("marry", {"who"})));
    CHECK(never_twice(times("marry", {"whom"})));
    CHECK(never_twice(times("birth", {"who"})));
    CHECK(never_twice(times("accident", {"who"})));
  }

  TEST_CASE("village: a person has one birthday") {
    std::map<std::string, int> days;
    for (const Event& event : world().events)
      if (event.kind == "give")
        CHECK(days.emplace(text_of(event, "whom"), event.day).first->second == event.day);
    CHECK(days.size() > 50);
  }

  TEST_CASE("village: nobody leaves a firm in the year in which they came, or its owner at all") {
    std::set<std::string> hired, owners;
    for (const Firm& firm : world().firms) owners.insert(world().people[firm.owner].name());
    for (const Event& event : world().events) {
      if (event.kind == "hire") hired.insert(text_of(event, "who"));
      if (event.kind != "leave") continue;
      CHECK_MESSAGE(!hired.contains(text_of(event, "who")), text_of(event, "who"));
      CHECK_MESSAGE(!owners.contains(text_of(event, "who")), text_of(event, "who"));
    }
    CHECK(hired.size() > 10);
  }

  TEST_CASE("village: nothing is bought on the day on which the firm is closed") {
    for (const Event& event : world().events)
      if (event.kind == "buy")
        CHECK(world().firms[event.roles.at("firm").id].closed != text_of(event, "day"));
  }

  TEST_CASE("village: a price changes from what it was, and ends as the table has it") {
    std::map<std::string, std::string> prices;
    for (const Event& event : world().events) {
      if (event.kind != "raise" && event.kind != "cut") continue;
      std::string what = several(event, {"firm", "what"});
      if (prices.contains(what)) CHECK(prices[what] == text_of(event, "old"));
      prices[what] = text_of(event, "price");
    }
    for (const Firm& firm : world().firms)
      for (const Product& product : firm.products) {
        auto last = prices.find(firm.name + "+" + thing(product.noun).text + "+");
        if (last != prices.end()) CHECK(last->second == pounds(product.price).text);
      }
  }

  TEST_CASE("village: an animal that is rescued is its owner's") {
    for (const Event& event : world().events)
      if (event.kind == "rescue")
        CHECK(world().people[event.roles.at("whom").id].pet ==
              event.roles.at("animal").forms.at("a"));
  }

  TEST_CASE("village: people of one event have different first names") {
    for (const Event& event : world().events) {
      std::set<std::string> first;
      for (const auto& [role, value] : event.roles)
        if (value.type == "person") CHECK(first.insert(value.forms.at("first")).second);
    }
  }

  TEST_CASE("village: what is told alike is in one split") {
    std::map<std::string, Split> splits;
    for (const Event& event : world().events) {
      Random fixed(0);
      std::string tell =
          grammar().fill(grammar().lines(event.kind + ".tell")[0], event.roles, fixed);
      CHECK_MESSAGE(splits.emplace(tell, event.split).first->second == event.split, tell);
    }
  }

  TEST_CASE("village: every kind of event can be told, asked, summed up and denied") {
    std::set<std::string> kinds;
    for (const Event& event : world().events) kinds.insert(event.kind);
    CHECK(kinds.size() == 27);
    for (const std::string& kind : kinds) {
      INFO(kind);
      for (const char* key : {"topic", "tell", "short", "headline", "detail", "yes", "follows",
                              "unknown", "denied", "verb", "roles", "triples"})
        CHECK_MESSAGE(grammar().has(kind + "." + key), key);
      CHECK(grammar().lines(kind + ".tell").size() >= 3);
    }
  }

  TEST_CASE("village: no line shows the grammar, two blanks, or a blank before a comma") {
    check_no_line_has(R"([{}]|  | [,.?!;]|^ | $)");
    check_no_line_has(R"([()])", {"query"});
  }

  TEST_CASE("village: an before a vowel, a before a consonant") {
    std::set<std::string> wrong_on_purpose = {"acceptability", "repair"};
    check_no_line_has(R"(\b[Aa] [aeiou](?!ne\b|seful))", wrong_on_purpose);
    check_no_line_has(R"(\b[Aa]n [bcdfgjklmnpqrstvwxyz])", wrong_on_purpose);
  }

  TEST_CASE("village: sentences begin with capitals and end with a stop") {
    for (const auto& [name, lines] : told())
      if (name.starts_with("text"))
        for (const std::string& line : lines) {
          INFO(name, ": ", line);
          if (line.empty()) continue;
          CHECK(std::isupper(static_cast<unsigned char>(line[0])));
          CHECK(!std::regex_search(line, std::regex(R"([.?!] [a-z])")));
        }
  }

  TEST_CASE("village: a line has at most 400 characters") {
    for (const auto& [name, lines] : told())
      for (const std::string& line : lines) CHECK_MESSAGE(line.size() <= 400, name, ": ", line);
  }

  TEST_CASE("village: the grammar says which line it cannot read") {
    CHECK_THROWS_WITH_AS(Grammar({"[a]\nno key here"}),
                         "grammar: 'no key here': expected 'key: text'", Error);
  }

  TEST_CASE("village: choices nest, and brackets without alternatives are brackets") {
    Grammar grammar({"[a]\nb: {x} (eats|eats) a (red (apple|apple)|red (apple|apple)). f(x)"});
    Random random(1);
    CHECK(grammar.say("a.b", {{"x", word("anna")}}, random) == "Anna eats a red apple. F(x)");
  }
}
