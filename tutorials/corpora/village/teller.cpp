#include "tutorials/corpora/village/teller.h"

#include <algorithm>

#include "tensor/error.h"

namespace t5::corpus::village {

Teller::Teller(const World& world, Split split, Random random)
    : world_(world), split_(split), random_(random) {
  for (const Event& event : world.events)
    if (event.split == split) events_[event.kind].push_back(&event);
  for (const auto& [kind, events] : events_) kinds_.push_back(kind);
}

const Event& Teller::event() { return *pick(events_.at(pick(kinds_))); }

std::vector<std::string> Teller::questions(const Event& event) const {
  std::vector<std::string> keys = grammar().keys(event.kind);
  std::erase_if(keys, [](const std::string& key) { return !key.starts_with("ask_"); });
  return keys;
}

std::optional<Roles> Teller::changed(const Event& event, const std::vector<std::string>& allowed) {
  const Event& other = event_like(event);
  std::vector<std::string> roles = allowed;
  random_.shuffle(roles);
  for (const std::string& role : roles) {
    if (role == "village") continue;
    const Value& value = other.roles.at(role);
    bool is_there = std::any_of(event.roles.begin(), event.roles.end(),
                                [&](const auto& entry) { return entry.second.text == value.text; });
    if (is_there) continue;
    Roles changed = event.roles;
    changed[role] = value;
    return changed;
  }
  return std::nullopt;
}

int Teller::person() {
  while (true) {
    auto id = static_cast<int>(random_.below(std::ssize(world_.people)));
    if (world_.people[id].is_adult()) return id;
  }
}

int Teller::firm() { return static_cast<int>(random_.below(std::ssize(world_.firms))); }

std::vector<std::string> roles_in(const std::string& text) {
  std::vector<std::string> roles;
  for (size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    size_t end = text.find_first_of(".}", at);
    std::string role = text.substr(at + 1, end - at - 1);
    bool is_new = std::find(roles.begin(), roles.end(), role) == roles.end();
    if (role[0] != '+' && is_new) roles.push_back(role);
  }
  return roles;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace t5::corpus::village
