// Tells what is known: draws events and people for the examples of one split, and puts them into
// words. A task is a function that asks a teller for one example.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tutorials/corpora/village/world.h"

namespace t5::corpus::village {

// An example of a task: a line of its files.
struct Row {
  std::vector<std::string> fields;
  // What is combined in it ("apple pie+sour"), of which some combinations are held out. "" for what
  // is told of events: they are divided already.
  std::string combination = "";
};

class Teller {
 public:
  // `world` is referred to.
  Teller(const World& world, Split split, Random random);

  const World& world() const { return world_; }
  Split split() const { return split_; }
  Random& random() { return random_; }

  bool chance(double probability) { return random_.uniform() < probability; }
  int between(int low, int high) { return low + static_cast<int>(random_.below(high - low + 1)); }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[random_.below(std::ssize(items))];
  }
  const std::string& pick(const std::string& rule) { return grammar().pick(rule, random_); }
  std::string say(const std::string& rule, const Roles& roles) {
    return grammar().say(rule, roles, random_);
  }
  std::string fill(const std::string& text, const Roles& roles) {
    return grammar().fill(text, roles, random_);
  }

  // An event of this split; every kind is equally frequent.
  const Event& event();
  const Event& event_like(const Event& event) { return *pick(events_.at(event.kind)); }
  // An event told by a rule of its kind: "tell", "headline", "diary".
  std::string tell(const Event& event, const std::string& how) {
    return say(event.kind + "." + how, event.roles);
  }
  bool can(const Event& event, const std::string& how) const {
    return grammar().has(event.kind + "." + how);
  }
  // The keys of an event's questions: "ask_who".
  std::vector<std::string> questions(const Event& event) const;

  // The event's roles with one of `allowed` as another event of the same kind has it; nothing when
  // the draw gives the same again.
  std::optional<Roles> changed(const Event& event, const std::vector<std::string>& allowed);

  int person();  // an adult
  int firm();

 private:
  const World& world_;
  Split split_;
  Random random_;
  std::map<std::string, std::vector<const Event*>> events_;  // by kind
  std::vector<std::string> kinds_;
};

// The roles that a text of the grammar names: who and what of "{who} lost {what.a}".
std::vector<std::string> roles_in(const std::string& text);

bool contains(const std::string& text, const std::string& part);

}  // namespace t5::corpus::village
