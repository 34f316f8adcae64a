// Tasks at the shop: what its desk answers, and what its customers would like.
#include <fmt/format.h>

#include <algorithm>

#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {
namespace {

// A talk so far, with what the desk knows, and what it is to say next.
struct Talk {
  std::string facts, lines, reply;

  // The customer's and the desk's next lines; what the desk said before becomes history.
  void add(const std::string& customer, const std::string& desk) {
    if (!reply.empty()) lines += " desk: " + reply + " ";
    lines += "customer: " + customer;
    reply = desk;
  }
};

// What is for sale, and what a person thinks of such things.
struct Ware {
  std::string noun;
  std::vector<std::string> tastes;  // "sweet things"
};

std::vector<Ware> wares() {
  std::vector<Ware> all;
  for (const std::string& line : grammar().lines("taste.all")) {
    std::vector<std::string> part = parts(line, ";");
    all.push_back({thing(part[0]).text, {part.begin() + 1, part.end()}});
  }
  return all;
}

// 3, and one more for each taste that is liked, two less for one that is not; 1 to 5.
int stars(const Person& person, const Ware& ware) {
  int sum = 3;
  for (const std::string& taste : ware.tastes) {
    sum += std::count(person.likes.begin(), person.likes.end(), taste) > 0;
    sum -= taste == person.dislikes ? 2 : 0;
  }
  return std::clamp(sum, 1, 5);
}

std::string tastes_of(const Person& p) {
  return fmt::format("likes {} and {}, not {}", p.likes[0], p.likes[1], p.dislikes);
}

}  // namespace

std::optional<Row> dialogue(Teller& teller) {
  const World& world = teller.world();
  int id = teller.firm();
  if (world.firms[id].wares == "service") return std::nullopt;
  std::vector<Product> products = world.firms[id].products;
  teller.random().shuffle(products);
  const Product &one = products[0], &two = products[1];
  Roles roles = {{"firm", world.firm(id)}, {"first", thing(one.noun)}, {"second", thing(two.noun)}};
  roles["first_price"] = pounds(one.price);
  roles["second_price"] = pounds(two.price);
  int customer = teller.person();
  roles["who"] = world.person(customer);
  roles["street"] = word(world.people[customer].street);
  bool in_stock[] = {teller.chance(0.5), teller.chance(0.5)};
  auto fact = [&](const Product& product, bool there) {
    return fmt::format("{}: {}, {}", thing(product.noun).text, pounds(product.price).text,
                       there ? "in stock" : "sold out");
  };
  auto say = [&](const std::string& rule) { return teller.say("desk." + rule, roles); };
  Talk talk{fact(one, in_stock[0]) + "; " + fact(two, in_stock[1]), "", ""};
  std::string greeting = teller.chance(0.3) ? say("greet") + " " : "";
  bool by_price = teller.chance(0.5);
  if (by_price) {
    talk.add(greeting + say("price"), say("price_reply"));
  } else {
    talk.add(greeting + say("stock"), say(in_stock[0] ? "stock_yes" : "stock_no"));
  }
  if (teller.chance(0.6)) {  // the history says what "and the …?" asks for
    if (by_price) talk.add(say("price_again"), say("price_again_reply"));
    if (!by_price)
      talk.add(say("stock_again"), say(in_stock[1] ? "stock_again_yes" : "stock_again_no"));
  } else if (in_stock[0] && teller.chance(0.7)) {
    talk.add(say("take"), say("take_reply"));
    if (teller.chance(0.5)) talk.add(say("name"), say("name_reply"));
  }
  return Row{{talk.facts, talk.lines, talk.reply},
             thing(one.noun).text + "+" + thing(two.noun).text};
}

std::optional<Row> lookup(Teller& teller) {
  const World& world = teller.world();
  std::vector<std::string> topics = grammar().keys("help");
  std::erase_if(topics, [](const std::string& key) { return key.ends_with("_answer"); });
  std::string topic = teller.pick(topics);
  int firm = teller.firm();
  const std::string& wares = world.firms[firm].wares;
  if (wares != "tool" && wares != "toy") return std::nullopt;  // such as can be mended
  Roles roles = {{"firm", world.firm(firm)}};
  roles["what"] = thing(teller.pick(world.firms[firm].products).noun);
  roles["day"] = weekday(teller.between(0, 6));
  roles["street"] = word(teller.pick("names.street"));
  std::string text = teller.say("help." + topic, roles);
  if (teller.chance(0.4)) text = teller.say("desk.greet", roles) + " " + text;
  return Row{{text, topic}, topic + "+" + roles["what"].text};
}

std::optional<Row> rating(Teller& teller) {
  static const std::vector<Ware> all = wares();
  const Person& person = teller.world().people[teller.person()];
  const Ware& ware = teller.pick(all);
  return Row{{tastes_of(person), ware.noun, std::to_string(stars(person, ware))},
             ware.noun + "+" + person.likes[0]};
}

std::optional<Row> ranking(Teller& teller) {
  static const std::vector<Ware> all = wares();
  const Person& person = teller.world().people[teller.person()];
  std::vector<Ware> three = {teller.pick(all), teller.pick(all), teller.pick(all)};
  auto by_stars = [&](const Ware& a, const Ware& b) { return stars(person, a) > stars(person, b); };
  std::string shown = fmt::format("{}, {}, {}", three[0].noun, three[1].noun, three[2].noun);
  std::sort(three.begin(), three.end(), by_stars);
  bool clear = by_stars(three[0], three[1]) && by_stars(three[1], three[2]);
  if (!clear) return std::nullopt;
  std::string ranked = fmt::format("{}, {}, {}", three[0].noun, three[1].noun, three[2].noun);
  return Row{{tastes_of(person), shown, ranked}, three[0].noun + "+" + person.likes[0]};
}

}  // namespace t5::corpus::village
