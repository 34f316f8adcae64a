// Tasks whose answer is a label.
#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {

std::optional<Row> sentiment(Teller& teller) {
  int id = teller.firm();
  const Firm& firm = teller.world().firms[id];
  if (!grammar().has(firm.wares + ".good")) return std::nullopt;
  const Product& product = teller.pick(firm.products);
  Roles roles = {{"what", thing(product.noun)}, {"firm", teller.world().firm(id)}};
  roles["price"] = pounds(product.price);
  for (const char* word_of : {"good", "bad", "praise", "blame"})
    roles[word_of] = word(teller.pick(firm.wares + "." + word_of));
  roles["good2"] = word(teller.pick(firm.wares + ".good"));
  roles["bad2"] = word(teller.pick(firm.wares + ".bad"));
  if (roles["good"].text == roles["good2"].text || roles["bad"].text == roles["bad2"].text)
    return std::nullopt;
  const char* label = teller.chance(0.5) ? "positive" : "negative";
  std::string text = teller.say(std::string("review.") + label, roles);
  bool good = label[0] == 'p';
  return Row{{text, label}, roles["what"].text + "+" + roles[good ? "good" : "bad"].text};
}

std::optional<Row> topic(Teller& teller) {
  const Event& event = teller.event();
  std::string text = teller.tell(event, teller.chance(0.3) ? "headline" : "tell");
  if (teller.chance(0.5)) text += (text.ends_with(".") ? " " : ". ") + teller.tell(event, "detail");
  return Row{{text, grammar().lines(event.kind + ".topic")[0]}};
}

std::optional<Row> spam(Teller& teller) {
  const World& world = teller.world();
  int from = teller.person(), to = teller.person(), firm = teller.firm();
  bool alike = world.people[from].first == world.people[to].first;
  if (alike || world.firms[firm].wares == "service") return std::nullopt;
  Roles roles = {{"from", world.person(from)}, {"to", world.person(to)}};
  roles["firm"] = world.firm(firm);
  roles["what"] = thing(teller.pick(world.firms[firm].products).noun);
  roles["tool"] = thing(teller.pick("things.tool"));
  roles["lost"] = thing(teller.pick("things.lost"));
  roles["price"] = pounds(teller.between(3, 60));
  roles["big"] = word(teller.pick("message.big"));
  roles["day"] = weekday(teller.between(0, 6));
  std::string place = teller.pick("places.outside");
  roles["where"] = world.place(place);
  std::string label = teller.chance(0.5) ? "spam" : "ham";
  return Row{{teller.say("message." + label, roles), label}, label + "+" + world.people[to].first};
}

std::optional<Row> mood(Teller& teller) {
  const World& world = teller.world();
  int firm = teller.firm(), other = teller.firm();
  if (firm == other) return std::nullopt;
  static const std::vector<std::string> ways = {"up", "down", "flat", "two"};
  std::string way = teller.pick(ways);
  Roles roles = {{"firm", world.firm(firm)}, {"other", world.firm(other)}};
  roles["owner"] = world.person(world.firms[firm].owner);
  std::string text = teller.say("mood." + way, roles);
  bool of_other = way == "two" && teller.chance(0.5);
  if (way == "two") way = of_other ? "down" : "up";
  const std::string& about = roles[of_other ? "other" : "firm"].text;
  return Row{{about, text, mood_name(way)}, about + "+" + way};
}

std::string mood_name(const std::string& way) {
  return way == "up" ? "positive" : way == "down" ? "negative" : "neutral";
}

}  // namespace t5::corpus::village
