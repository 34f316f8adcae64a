// The village as it is founded, and how its people and places are called.
#include "tutorials/corpora/village/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tensor/error.h"

namespace t5::corpus::village {
namespace {

constexpr int kPeople = 150;

class Founder {
 public:
  explicit Founder(Random random) : random_(random) {}

  World found() {
    world_.village = pick("names.village");
    world_.rival = pick("names.rival");
    while (std::ssize(world_.people) < kPeople) add_household();
    add_firms();
    for (int id = 0; id < static_cast<int>(std::ssize(world_.people)); ++id) employ(id);
    return std::move(world_);
  }

 private:
  const std::string& pick(const std::string& rule) { return grammar().pick(rule, random_); }
  bool chance(double probability) { return random_.uniform() < probability; }
  int between(int low, int high) { return low + static_cast<int>(random_.below(high - low + 1)); }

  // A name that nobody has yet.
  void name(Person& person, const std::string& last) {
    do {
      person.first = pick(person.is_woman ? "names.woman" : "names.man");
      person.last = last;
    } while (!names_.insert(person.name()).second);
  }

  int add(const std::string& last, bool is_woman, int age, const std::string& street) {
    Person person;
    person.is_woman = is_woman;
    person.age = age;
    person.street = street;
    name(person, last);
    person.hobby = pick("people.hobby");
    person.trait = pick("people.trait");
    if (chance(0.4)) person.pet = pick("things.pet");
    std::vector<std::string> tastes = grammar().lines("people.likes");
    random_.shuffle(tastes);
    person.likes = {tastes[0], tastes[1]};
    person.dislikes = tastes[2];
    if (age >= 18) person.things = {pick("things.tool"), pick("things.tool")};
    world_.people.push_back(person);
    return static_cast<int>(std::ssize(world_.people)) - 1;
  }

  void add_household() {
    const std::string &last = pick("names.family"), &street = pick("names.street");
    int age = between(20, 75);
    if (chance(0.35)) {
      add(last, chance(0.5), age, street);
      return;
    }
    int mother = add(last, true, age, street),
        father = add(last, false, age + between(0, 5), street);
    world_.people[mother].spouse = father;
    world_.people[father].spouse = mother;
    for (int born = age - between(20, 30); born >= 0; born -= between(2, 6)) {
      if (chance(0.4)) break;
      int child = add(last, chance(0.5), born, born < 20 ? street : pick("names.street"));
      world_.people[child].mother = mother;
      world_.people[child].father = father;
    }
  }

  int owner() {
    while (true) {
      auto id = static_cast<int>(random_.below(std::ssize(world_.people)));
      Person& person = world_.people[id];
      if (person.age < 25 || person.age > 64 || !person.job.empty()) continue;
      person.firm = static_cast<int>(std::ssize(world_.firms));
      return id;
    }
  }

  void add_firms() {
    std::vector<std::string> names = grammar().lines("names.firm");
    random_.shuffle(names);
    for (const std::string& kind : grammar().keys("firms")) {
      std::vector<std::string> line = parts(grammar().lines("firms." + kind)[0], ";");
      Firm firm{names[world_.firms.size()] + " " + line[0], line[1], line[2], line[3]};
      firm.street = pick("names.street");
      firm.closed = pick("things.day");
      firm.founded = between(1900, 2015);
      for (size_t i = 4; i < line.size(); ++i) {
        size_t blank = line[i].rfind(' ');
        firm.products.push_back({line[i].substr(0, blank), std::stoi(line[i].substr(blank))});
      }
      firm.owner = owner();
      world_.people[firm.owner].job = firm.job;
      world_.firms.push_back(firm);
    }
  }

  void employ(int id) {
    Person& person = world_.people[id];
    if (!person.job.empty()) return;
    if (person.age < 18) {
      person.job = person.age < 5 ? "child" : "pupil";
      return;
    }
    if (person.age > 64) {
      person.job = "pensioner";
      return;
    }
    if (chance(0.35)) {
      std::string line = pick("people.public");
      size_t at = line.find(" at ");
      person.job = line.substr(0, at);
      person.place = line.substr(at + 4);
      return;
    }
    person.firm = static_cast<int>(random_.below(std::ssize(world_.firms)));
    person.years = between(1, person.age - 17);
    person.job = world_.firms[person.firm].job;
  }

  Random random_;
  World world_;
  std::set<std::string> names_;
};

}  // namespace

World found_village(Random random) { return Founder(random).found(); }

Value World::person(int id) const {
  const Person& p = people[id];
  auto choose = [&](const char* she, const char* he) { return p.is_woman ? she : he; };
  return {p.name(),
          "person",
          id,
          {{"first", p.first},
           {"s", p.name() + "'s"},
           {"first_s", p.first + "'s"},
           {"last", p.last},
           {"he", choose("she", "he")},
           {"him", choose("her", "him")},
           {"his", choose("her", "his")},
           {"man", p.is_adult() ? choose("woman", "man") : choose("girl", "boy")},
           {"son", choose("daughter", "son")},
           {"husband", choose("wife", "husband")},
           {"brother", choose("sister", "brother")},
           {"mother", choose("mother", "father")},
           {"job", p.job},
           {"job_a", with_article(p.job)},
           {"street", p.street},
           {"age", std::to_string(p.age)},
           {"hobby", p.hobby},
           {"trait", p.trait}}};
}

Value World::firm(int id) const {
  return {firms[id].name,
          "firm",
          id,
          {{"street", firms[id].street}, {"job", firms[id].job}, {"closed", firms[id].closed}}};
}

Value World::place(const std::string& name) const {
  for (const std::string& line : grammar().lines("places.all")) {
    size_t blank = line.find(' ');
    if (line.substr(blank + 1) != name) continue;
    std::string the = "the " + name;
    return {name, "place", -1, {{"at", line.substr(0, blank) + " " + the}, {"the", the}}};
  }
  require(false, "village: there is no place called {}", name);
  return {};
}

bool World::are_related(int a, int b) const {
  const Person &p = people[a], &q = people[b];
  auto is_parent = [](const Person& child, int id) {
    return child.mother == id || child.father == id;
  };
  bool siblings = p.mother != kNobody && p.mother == q.mother;
  return siblings || is_parent(p, b) || is_parent(q, a);
}

std::optional<Value> World::fact(const std::string& name, int id) const {
  if (name == "lives") return word(people[id].street);
  if (name == "job") {
    Value job = word(people[id].job);
    job.forms["a"] = with_article(job.text);
    return job;
  }
  if (name == "spouse")
    return people[id].spouse == kNobody ? std::nullopt : std::optional(person(people[id].spouse));
  if (name == "owner") return person(firms[id].owner);
  if (name == "closed") return word(firms[id].closed);
  return word(name == "street" ? firms[id].street : std::to_string(firms[id].founded));
}

bool has_work(const Person& person) { return person.firm != kNobody || !person.place.empty(); }

Value weekday(int day) { return word(grammar().lines("things.day")[day % 7], "day"); }

Value pounds(int amount) {
  return word(std::to_string(amount) + (amount == 1 ? " pound" : " pounds"), "price");
}

Value word(const std::string& text, const std::string& type) { return {text, type, -1, {}}; }

std::string with_article(const std::string& noun) {
  bool vowel = std::string("aeiou").find(noun[0]) != std::string::npos;
  return (vowel ? "an " : "a ") + noun;
}

}  // namespace t5::corpus::village
