// The village: who lives there, what there is, and what happens in a year.
//
// A seeded simulation. Every event happens to people who are free for it (the single marry, the
// employed give up their work, what was lost is found) and changes the state: homes, work,
// families, who has what, prices. The state that is left at the end of the year is what
// descriptions, tables and questions without a text are about.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensor/random.h"
#include "tutorials/corpora/village/grammar.h"

namespace t5::corpus::village {

constexpr int kNobody = -1;

struct Person {
  std::string first, last;
  bool is_woman = false;
  int age = 0;
  std::string street, job, hobby, trait, pet;
  int firm = kNobody;  // where they work, or
  std::string place;   // "school"
  int years = 0;       // for which they have been at the firm when the year begins
  int spouse = kNobody, mother = kNobody, father = kNobody;
  std::array<std::string, 2> likes;  // "old things"
  std::string dislikes;
  std::vector<std::string> things;  // "a ladder", of their own

  std::string name() const { return first + " " + last; }
  bool is_adult() const { return age >= 18; }
};

struct Product {
  std::string noun;  // "an apple pie"
  int price;         // in pounds
};

struct Firm {
  std::string name, kind, job, wares;  // kind: "a bakery"; wares: "food", a section of the reviews
  std::string street = "", closed = "";  // closed: a day of the week
  int owner = kNobody, founded = 0;
  std::vector<Product> products = {};
};

// Where a text may be shown: the events that test a model are told in no training text, and those
// that are `unseen` hold a combination (who, and what kind of event) that occurs nowhere else.
enum class Split { kTrain, kValid, kTest, kUnseen };

struct Event {
  int day = 0;  // of the year
  std::string kind;
  Roles roles;
  Split split = Split::kTrain;
};

struct World {
  std::string village, rival;
  std::vector<Person> people;  // at the end of the year, newborn children too
  std::vector<Firm> firms;
  std::vector<Event> events;  // in the order in which they happened

  Value person(int id) const;
  Value firm(int id) const;
  Value place(const std::string& name) const;  // "village hall"
  // Brothers and sisters, parents and their children.
  bool are_related(int a, int b) const;
  // What is so at the end of the year: "lives", "job", "spouse" of a person, "owner", "street",
  // "closed", "founded" of a firm. Nothing where there is none.
  std::optional<Value> fact(const std::string& name, int id) const;
};

// Not a child, a pupil, a pensioner or a traveller.
bool has_work(const Person& person);

// "Monday", of a day of the year.
Value weekday(int day);
// "8 pounds", "1 pound".
Value pounds(int amount);
// A word that is its own only form.
Value word(const std::string& text, const std::string& type = "word");
// "a baker", "an ironmonger".
std::string with_article(const std::string& noun);

// In which split the combinations and texts of this name are: a fixed function of the two.
bool is_held_out(const std::string& combination, uint64_t seed);
Split split_of(const std::string& text, uint64_t seed);

// The village of a seed, a year later.
World make_world(uint64_t seed);

// The village as it is founded, before anything happens.
World found_village(Random random);

}  // namespace t5::corpus::village
