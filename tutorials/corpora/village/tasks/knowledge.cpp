// Tasks on what a text says of whom.
#include <algorithm>
#include <map>

#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {
namespace {

// What kind of name a value is; "" for none.
std::string name_kind(const Value& value) {
  if (value.type == "street" || value.type == "village") return "place";
  bool is_name = value.type == "person" || value.type == "firm" || value.type == "place";
  return is_name ? value.type : "";
}

// The people of a world who stand in a relation to `a`.
std::vector<int> related(const World& world, const std::string& relation, int a) {
  const Person& p = world.people[a];
  std::vector<int> found;
  for (int id = 0; id < static_cast<int>(std::ssize(world.people)); ++id) {
    const Person& q = world.people[id];
    bool same_firm = p.firm != kNobody && p.firm == q.firm;
    bool owns = same_firm && world.firms[p.firm].owner == a;
    bool owned = same_firm && world.firms[p.firm].owner == id;
    bool close = p.spouse == id || world.are_related(a, id);
    bool holds = (relation == "married" && p.spouse == id) ||
                 (relation == "child" && (p.mother == id || p.father == id)) ||
                 (relation == "sibling" && p.mother != kNobody && p.mother == q.mother) ||
                 (relation == "colleague" && same_firm && !owns && !owned) ||
                 (relation == "boss" && owns) ||
                 (relation == "neighbour" && p.street == q.street && !close);
    if (holds && id != a && p.age > 5 && q.age > 5) found.push_back(id);
  }
  return found;
}

}  // namespace

std::optional<Row> names(Teller& teller) {
  const Event& event = teller.event();
  std::string text = teller.tell(event, "tell"), found;
  std::map<size_t, std::string> at;
  for (const auto& [role, value] : event.roles) {
    std::string kind = name_kind(value);
    size_t place = text.find(value.text);
    if (!kind.empty() && place != text.npos) at[place] = kind + ": " + value.text;
  }
  for (const auto& [place, name] : at) found += (found.empty() ? "" : " $$ ") + name;
  return Row{{text, found}};
}

std::optional<Row> relation(Teller& teller) {
  const World& world = teller.world();
  std::string kind = teller.pick(grammar().keys("relation"));
  int a = 0;
  std::vector<int> others;
  for (int tries = 0; others.empty() && tries < 100; ++tries) {  // few are the boss of somebody
    a = static_cast<int>(teller.random().below(std::ssize(world.people)));
    others = related(world, kind, a);
  }
  int c = teller.person();
  if (others.empty() || c == a) return std::nullopt;
  int b = teller.pick(others);
  if (b == c || world.are_related(a, c) || world.are_related(b, c)) return std::nullopt;
  const Person& person = world.people[a];
  Roles roles = {{"a", world.person(a)}, {"b", world.person(b)}, {"c", world.person(c)}};
  roles["street"] = word(person.street);
  if (person.firm != kNobody) roles["firm"] = world.firm(person.firm);
  std::string text = teller.say("relation." + kind, roles);
  return Row{{roles["a"].text, roles["b"].text, text, kind}, person.first + "+" + kind};
}

std::optional<Row> linking(Teller& teller) {
  const World& world = teller.world();
  int meant = teller.person(), other = teller.person();
  const Person &p = world.people[meant], &q = world.people[other];
  if (meant == other || p.first != q.first) return std::nullopt;
  if (p.job == q.job || p.street == q.street || p.hobby == q.hobby) return std::nullopt;
  auto roles = [&](int id) {
    Roles roles = {{"who", world.person(id)}};
    for (const char* form : {"job", "job_a", "street", "hobby"})
      roles[form] = word(roles["who"].forms[form]);
    return roles;
  };
  std::string candidates = teller.say("link.candidate", roles(meant));
  std::string second = teller.say("link.candidate", roles(other));
  candidates = teller.chance(0.5) ? candidates + "; " + second : second + "; " + candidates;
  static const std::vector<std::string> clues = {"job", "street", "hobby"};
  const std::string& clue = teller.pick(clues);
  if (clue == "job" && !has_work(p)) return std::nullopt;
  std::string text = teller.say("link." + clue, roles(meant));
  return Row{{text, candidates, p.name()}, p.first + "+" + p.last};
}

std::optional<Row> triples(Teller& teller) {
  const Event& event = teller.event();
  std::string graph;
  for (const std::string& triple : parts(grammar().lines(event.kind + ".triples")[0], ";")) {
    std::vector<std::string> part = parts(triple, " > ");
    if (!graph.empty()) graph += "; ";
    graph += event.roles.at(part[0]).text + " | " + part[1] + " | " + event.roles.at(part[2]).text;
  }
  return Row{{teller.tell(event, "tell"), graph}};
}

}  // namespace t5::corpus::village
