// Tasks over a sentence or two.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {
namespace {

// A sentence about an event of this split, of any kind that there is.
std::string sentence(Teller& teller) {
  static const std::vector<std::string> ways = {"tell", "short", "tell", "follows", "unknown"};
  return teller.tell(teller.event(), teller.pick(ways));
}

// `text` with the words `right`, at a random one of their places, replaced by `wrong`.
std::optional<std::string> replaced(Teller& teller, const std::string& text,
                                    const std::string& right, const std::string& wrong) {
  std::string padded = " " + text.substr(0, text.size() - 1) + " ", word = " " + right + " ";
  std::vector<size_t> places;
  for (size_t at = padded.find(word); at != padded.npos; at = padded.find(word, at + 1))
    places.push_back(at);
  if (places.empty()) return std::nullopt;
  padded.replace(teller.pick(places), word.size(), wrong.empty() ? " " : " " + wrong + " ");
  return padded.substr(1, padded.size() - 2) + text.back();
}

// One of the slips that can be made in `text`; its kind is `form`, `agreement`, ….
struct Slip {
  std::string text, kind;
};

std::optional<Slip> slip(Teller& teller, const std::string& text) {
  std::string kind = teller.pick(grammar().keys("slip"));
  std::vector<std::string> lines = grammar().lines("slip." + kind);
  teller.random().shuffle(lines);
  for (const std::string& line : lines) {
    size_t arrow = line.find(" >");
    std::string wrong = line.size() > arrow + 3 ? line.substr(arrow + 3) : "";
    auto made = replaced(teller, text, line.substr(0, arrow), wrong);
    if (made) return Slip{*made, kind + " " + line};
  }
  return std::nullopt;
}

// Two letters change places, one is left out or doubled, in a word that is no name.
std::optional<std::string> misspelt(Teller& teller, const std::string& text) {
  std::vector<size_t> words;
  for (size_t at = text.find(' '); at != text.npos; at = text.find(' ', at + 1)) {
    size_t end = text.find_first_of(" .,;:?", at + 1);
    std::string word = text.substr(at + 1, std::min(end, text.size()) - at - 1);
    auto small = [](unsigned char c) { return c >= 'a' && c <= 'z'; };
    if (word.size() >= 5 && std::all_of(word.begin(), word.end(), small)) words.push_back(at + 1);
  }
  if (words.empty()) return std::nullopt;
  size_t at = teller.pick(words) + static_cast<size_t>(teller.between(1, 3));
  std::string wrong = text;
  switch (teller.between(0, 2)) {
    case 0:
      std::swap(wrong[at], wrong[at + 1 < text.size() ? at + 1 : at]);
      break;
    case 1:
      wrong.erase(at, 1);
      break;
    default:
      wrong.insert(at, 1, wrong[at]);
  }
  if (wrong == text || !std::isalpha(static_cast<unsigned char>(text[at + 1]))) return std::nullopt;
  return wrong;
}

}  // namespace

std::optional<Row> acceptability(Teller& teller) {
  std::string right = sentence(teller);
  if (teller.chance(0.5)) return Row{{right, "acceptable"}};
  auto wrong = slip(teller, right);
  if (!wrong) return std::nullopt;
  return Row{{wrong->text, "unacceptable"}};
}

std::optional<Row> repair(Teller& teller) {
  std::string right = sentence(teller);
  std::optional<std::string> wrong;
  if (teller.chance(0.5)) {
    wrong = misspelt(teller, right);
  } else if (auto made = slip(teller, right)) {
    wrong = made->text;
  }
  if (!wrong) return std::nullopt;
  return Row{{*wrong, right}};
}

std::optional<Row> pronoun(Teller& teller) {
  const World& world = teller.world();
  int a = teller.person(), b = teller.person();
  Roles roles = {{"a", world.person(a)}, {"b", world.person(b)}};
  bool alike = world.people[a].is_woman == world.people[b].is_woman;
  if (!alike || world.people[a].first == world.people[b].first) return std::nullopt;
  std::string meant = teller.chance(0.5) ? "a" : "b";
  for (auto& [role, value] : roles) value.text = value.forms["first"];
  std::string line = teller.pick("pronoun." + meant);
  return Row{{teller.fill(line, roles), roles[meant].text},
             roles["a"].text + "+" + roles["b"].text};
}

std::optional<Row> roles(Teller& teller) {
  const Event& event = teller.event();
  std::string text = teller.tell(event, "short"), found;
  for (const std::string& pair : parts(grammar().lines(event.kind + ".roles")[0], ";")) {
    size_t blank = pair.find(' ');
    const std::string& value = event.roles.at(pair.substr(0, blank)).text;
    if (!found.empty()) found += "; ";
    found += pair.substr(blank + 1) + ": " + value;
  }
  return Row{{grammar().lines(event.kind + ".verb")[0], text, found}};
}

std::optional<Row> paraphrase(Teller& teller) {
  const Event& event = teller.event();
  std::string first = teller.tell(event, "tell");
  auto roles = std::optional<Roles>(event.roles);
  bool same = teller.chance(0.5);
  const std::string& line = teller.pick(event.kind + ".tell");
  if (!same) roles = teller.changed(event, roles_in(line));
  if (!roles) return std::nullopt;
  std::string second = teller.fill(line, *roles);
  if (same && first == second) return std::nullopt;
  return Row{{first, second, same ? "equivalent" : "not_equivalent"}};
}

std::optional<Row> similarity(Teller& teller) {
  const Event& event = teller.event();
  std::string first = teller.tell(event, "tell"), line = teller.pick(event.kind + ".tell");
  std::vector<std::string> named = roles_in(line);
  Roles roles = event.roles;
  int changes = teller.between(0, static_cast<int>(std::ssize(named)));
  teller.random().shuffle(named);
  named.resize(static_cast<size_t>(changes));
  const Event& other = teller.event_like(event);
  for (const std::string& role : named) roles[role] = other.roles.at(role);
  int shared = 0, all = 0;
  for (const std::string& role : roles_in(line)) {
    if (role == "village") continue;
    ++all;
    shared += roles.at(role).text == event.roles.at(role).text;
  }
  double score = std::round(25.0 * shared / all) / 5;
  return Row{{first, teller.fill(line, roles), std::to_string(score).substr(0, 3)}};
}

std::optional<Row> entailment(Teller& teller) {
  const Event& event = teller.event();
  static const std::vector<std::string> labels = {"entailment", "neutral", "contradiction"};
  const std::string& label = teller.pick(labels);
  std::string premise = teller.tell(event, "tell"), hypothesis;
  bool by_detail = teller.chance(0.5);
  if (label == "entailment") hypothesis = teller.tell(event, by_detail ? "follows" : "short");
  if (label == "neutral") hypothesis = teller.tell(event, "unknown");
  if (label == "contradiction" && by_detail) hypothesis = teller.tell(event, "denied");
  if (label == "contradiction" && !by_detail) {  // as short, on another day
    Roles roles = event.roles;
    roles["day"] = weekday(teller.between(0, 6));
    if (roles["day"].text == event.roles.at("day").text) return std::nullopt;
    hypothesis = teller.say(event.kind + ".short", roles);
  }
  return Row{{hypothesis, premise, label}};
}

}  // namespace t5::corpus::village
