// Connected text for pretraining, and a year's headlines about firms.
#include <set>

#include "tutorials/corpora/village/corpus.h"

namespace t5::corpus::village {
namespace {

std::string news(Teller& teller) {
  const Event& event = teller.event();
  std::string text = teller.tell(event, "headline") + ". " + teller.tell(event, "tell");
  return text + " " + teller.tell(event, "detail");
}

// A day of somebody, told by them.
std::string diary(Teller& teller) {
  const Event& event = teller.event();
  if (!teller.can(event, "diary")) return "";
  return teller.say("day.open", event.roles) + " " + teller.tell(event, "diary");
}

std::string letter(Teller& teller) {
  const World& world = teller.world();
  const Event& event = teller.event();
  if (!teller.can(event, "diary")) return "";
  int to = teller.person(), from = event.roles.at("who").id;
  for (const auto& [role, value] : event.roles)  // who is called as the reader would be confused
    if (value.type == "person" && value.forms.at("first") == world.people[to].first) return "";
  Roles roles = {{"to", world.person(to)}, {"from", world.person(from)}};
  return teller.say("letter.open", roles) + " " + teller.tell(event, "diary") + " " +
         teller.say("letter.close", roles);
}

std::string about_person(Teller& teller) {
  const World& world = teller.world();
  int id = teller.person();
  const Person& p = world.people[id];
  Roles roles = {{"who", world.person(id)},      {"age", word(std::to_string(p.age))},
                 {"street", word(p.street)},     {"hobby", word(p.hobby)},
                 {"trait", word(p.trait)},       {"job_a", word(with_article(p.job))},
                 {"likes", word(p.likes[0])},    {"likes2", word(p.likes[1])},
                 {"dislikes", word(p.dislikes)}, {"pet", word(p.pet)}};
  auto say = [&](const std::string& rule) { return " " + teller.say("about." + rule, roles); };
  std::string text = teller.say("about.person", roles);
  if (has_work(p)) text += say("person_job");
  if (p.firm != kNobody) {
    roles["firm"] = world.firm(p.firm);
    text += say("person_firm");
  }
  if (!p.pet.empty() && teller.chance(0.5)) text += say("person_pet");
  return text + say("person_more");
}

std::string about_firm(Teller& teller) {
  const World& world = teller.world();
  int id = teller.firm();
  const Firm& firm = world.firms[id];
  std::vector<Product> products = firm.products;
  teller.random().shuffle(products);
  Roles roles = {{"firm", world.firm(id)},
                 {"street", word(firm.street)},
                 {"owner", world.person(firm.owner)},
                 {"first", thing(products[0].noun)},
                 {"second", thing(products[1].noun)},
                 {"first_price", pounds(products[0].price)},
                 {"founded", word(std::to_string(firm.founded))},
                 {"closed", word(firm.closed)}};
  std::string text = teller.say("about.firm", roles);
  if (teller.chance(0.7)) text += " " + teller.say("about.firm_more", roles);
  return text + " " + teller.say("about.firm_sells", roles);
}

}  // namespace

std::vector<std::string> tell_village(const World& world, Split split, int64_t count,
                                      Random random) {
  Teller teller(world, split, random);
  std::vector<std::string> documents;
  std::set<std::string> seen;
  for (int64_t tries = 0; std::ssize(documents) < count && tries < 20 * count; ++tries) {
    int kind = teller.between(0, 5);
    std::string text = kind < 2    ? news(teller)
                       : kind == 2 ? diary(teller)
                       : kind == 3 ? letter(teller)
                       : kind == 4 ? about_person(teller)
                                   : about_firm(teller);
    if (!text.empty() && seen.insert(text).second) documents.push_back(text);
  }
  return documents;
}

void make_stream(Village& village, Random random) {
  const World& world = village.world;
  Teller teller(world, Split::kTrain, random);
  std::vector<std::string> moods(world.firms.size(), "flat");
  for (int day = 0; day < 365; ++day)
    for (int id = 0; id < static_cast<int>(std::ssize(world.firms)); ++id) {
      if (teller.chance(0.015)) {
        static const std::vector<std::string> kinds = {"up", "down", "flat"};
        std::string mood = teller.pick(kinds);
        if (mood != moods[id])
          village.swings.push_back({day, world.firms[id].name, mood_name(mood)});
        moods[id] = mood;
      }
      if (!teller.chance(0.4)) continue;
      Roles roles = {{"firm", world.firm(id)}, {"owner", world.person(world.firms[id].owner)}};
      village.stream.push_back({day, teller.say("mood." + moods[id], roles)});
    }
}

}  // namespace t5::corpus::village
