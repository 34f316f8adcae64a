// What happens in a year. An event is cast: people and things for its roles are drawn, and it does
// not take place when they are not free for it. Then the state changes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "t5/files/hash.h"
#include "tutorials/corpora/village/world.h"

namespace t5::corpus::village {
namespace {

constexpr int kDays = 365, kEventsADay = 20;

struct Loan {
  int owner, borrower;
  std::string thing;
};

struct Loss {
  int owner;
  std::string thing, place;
};

class Year {
 public:
  Year(World& world, Random random) : world_(world), random_(random) {}

  void live() {
    for (int day = 0; day < kDays; ++day)
      for (int i = 0; i < kEventsADay; ++i) happen(day);
  }

 private:
  struct Kind {
    const char* name;
    int weight;
    bool (Year::*cast)();
  };

  void happen(int day);

  // Choices. Those of people return kNobody when nobody fits.
  const std::string& pick(const std::string& rule) { return grammar().pick(rule, random_); }
  bool chance(double probability) { return random_.uniform() < probability; }
  int between(int low, int high) { return low + static_cast<int>(random_.below(high - low + 1)); }
  template <class Fits>
  int somebody(const Fits& fits) {
    for (int tries = 0; tries < 50; ++tries) {
      auto id = static_cast<int>(random_.below(std::ssize(world_.people)));
      if (fits(world_.people[id])) return id;
    }
    return kNobody;
  }
  int adult() {
    return somebody([](const Person& p) { return p.is_adult(); });
  }

  // Puts somebody, or something, into a role of the event at hand. A person takes one role only,
  // and no two people of an event share a first name: it would not be clear who is meant.
  bool person(const char* role, int id);
  void put(const char* role, Value value) { event_.roles[role] = std::move(value); }
  void put(const char* role, const std::string& rule, const char* type = "word") {
    put(role, word(pick(rule), type));
  }
  void put_place(const char* role, const std::string& rule) {
    std::string name = pick(rule);
    if (rule == "places.all") name = name.substr(name.find(' ') + 1);
    put(role, world_.place(name));
  }
  // Of "chess tournament; village hall" the one for `role`, the other for "where".
  void put_with_place(const char* role, const std::string& rule) {
    std::vector<std::string> part = parts(pick(rule), ";");
    put(role, word(part[0]));
    put("where", world_.place(part[1]));
  }
  bool two_adults() { return person("who", adult()) && person("whom", adult()); }
  bool price_of(bool higher);

  // One for each kind of event; false when it does not take place.
  bool marry();
  bool birth();
  bool move();
  bool hire();
  bool leave();
  bool buy();
  bool lend();
  bool give_back();
  bool lose();
  bool find();
  bool give();
  bool meet();
  bool win();
  bool match();
  bool raise() { return price_of(true); }
  bool cut() { return price_of(false); }
  bool damage();
  bool repair();
  bool weather();
  bool ill();
  bool accident();
  bool perform();
  bool learn();
  bool steal();
  bool rescue();
  bool grow();
  bool donate();

  World& world_;
  Random random_;
  Event event_;
  std::vector<Loan> loans_;
  std::vector<Loss> lost_;
  std::vector<std::string> damaged_;
  std::map<int, int> birthdays_;  // a person's, as a day of the year
  std::set<int> hurt_;            // nobody breaks two bones in a year
};

void Year::happen(int day) {
  static constexpr Kind kKinds[] = {
      {"marry", 2, &Year::marry},       {"birth", 3, &Year::birth},
      {"move", 6, &Year::move},         {"hire", 8, &Year::hire},
      {"leave", 6, &Year::leave},       {"buy", 12, &Year::buy},
      {"lend", 10, &Year::lend},        {"return", 8, &Year::give_back},
      {"lose", 10, &Year::lose},        {"find", 9, &Year::find},
      {"give", 9, &Year::give},         {"meet", 9, &Year::meet},
      {"win", 9, &Year::win},           {"match", 5, &Year::match},
      {"raise", 6, &Year::raise},       {"cut", 6, &Year::cut},
      {"damage", 6, &Year::damage},     {"repair", 6, &Year::repair},
      {"weather", 5, &Year::weather},   {"ill", 8, &Year::ill},
      {"accident", 8, &Year::accident}, {"perform", 8, &Year::perform},
      {"learn", 8, &Year::learn},       {"steal", 6, &Year::steal},
      {"rescue", 7, &Year::rescue},     {"grow", 6, &Year::grow},
      {"donate", 7, &Year::donate},
  };
  int64_t total = 0;
  for (const Kind& kind : kKinds) total += kind.weight;
  int64_t draw = random_.below(total);
  const Kind* kind = kKinds;
  while (draw >= kind->weight) draw -= (kind++)->weight;
  event_ = {day, kind->name, {}, {}};
  put("day", weekday(day));
  put("village", word(world_.village, "village"));
  if ((this->*kind->cast)()) world_.events.push_back(event_);
}

bool Year::person(const char* role, int id) {
  if (id == kNobody) return false;
  for (const auto& [other, value] : event_.roles)
    if (value.type == "person" && world_.people[value.id].first == world_.people[id].first)
      return false;
  put(role, world_.person(id));
  return true;
}

bool Year::price_of(bool higher) {
  auto id = static_cast<int>(random_.below(std::ssize(world_.firms)));
  Firm& firm = world_.firms[id];
  Product& product = firm.products[random_.below(std::ssize(firm.products))];
  int old = product.price, step = std::max(1, old / 10 * between(1, 2));
  int price = higher ? old + step : old - step;
  if (price < 1 || price > 400) return false;
  put("firm", world_.firm(id));
  put("what", thing(product.noun));
  put("old", pounds(old));
  put("price", pounds(price));
  put("who", world_.person(firm.owner));
  product.price = price;
  return true;
}

bool Year::marry() {
  auto is_free = [](const Person& p) { return p.is_adult() && p.spouse == kNobody; };
  int she = somebody([&](const Person& p) { return is_free(p) && p.is_woman; });
  int he = somebody([&](const Person& p) { return is_free(p) && !p.is_woman; });
  if (she == kNobody || he == kNobody || world_.are_related(she, he)) return false;
  Person &bride = world_.people[she], &groom = world_.people[he];
  if (std::abs(bride.age - groom.age) > 12 || bride.last == groom.last) return false;
  if (!person("who", she) || !person("whom", he)) return false;
  put_place("where", "places.wedding");
  bride.spouse = he;
  groom.spouse = she;
  bride.street = groom.street;  // each keeps their name
  return true;
}

bool Year::birth() {
  int mother = somebody([](const Person& p) {
    return p.is_woman && p.age >= 20 && p.age <= 42 && p.spouse != kNobody;
  });
  if (mother == kNobody || !person("who", mother)) return false;
  const Person parent = world_.people[mother];
  for (const Person& p : world_.people)
    if (p.age == 0 && p.mother == mother) return false;
  if (!person("whom", parent.spouse)) return false;
  Person child;
  child.is_woman = chance(0.5);
  child.first = pick(child.is_woman ? "names.woman" : "names.man");
  child.last = parent.last;
  for (const Person& p : world_.people)
    if (p.name() == child.name()) return false;
  child.street = parent.street;
  child.mother = mother;
  child.father = parent.spouse;
  child.job = "baby";
  world_.people.push_back(child);
  auto choose = [&](const char* she, const char* he) { return child.is_woman ? she : he; };
  Value value = word(child.first);
  value.forms = {{"girl", choose("girl", "boy")},
                 {"daughter", choose("daughter", "son")},
                 {"him", choose("her", "him")}};
  put("child", value);
  return true;
}

bool Year::move() {
  int id = adult();
  if (!person("who", id)) return false;
  Person& who = world_.people[id];
  std::string to = pick("names.street");
  if (to == who.street) return false;
  put("from", word(who.street, "street"));
  put("to", word(to, "street"));
  for (Person& p : world_.people) {  // with the children, and with husband or wife
    bool is_child = !p.is_adult() && (p.mother == id || p.father == id);
    if (is_child || p.spouse == id) p.street = to;
  }
  who.street = to;
  return true;
}

bool Year::hire() {
  int id = somebody([](const Person& p) { return p.age >= 18 && p.age < 66 && p.firm == kNobody; });
  auto firm = static_cast<int>(random_.below(std::ssize(world_.firms)));
  if (id == kNobody || !person("who", id)) return false;
  put("firm", world_.firm(firm));
  put("job", word(world_.firms[firm].job));
  event_.roles["job"].forms["a"] = with_article(world_.firms[firm].job);
  world_.people[id].firm = firm;
  world_.people[id].years = 0;
  world_.people[id].place = "";
  world_.people[id].job = world_.firms[firm].job;
  return true;
}

bool Year::leave() {
  int id = somebody([](const Person& p) { return p.is_adult() && p.firm != kNobody; });
  if (id == kNobody || world_.firms[world_.people[id].firm].owner == id) return false;
  Person& who = world_.people[id];
  if (who.years < 2 || !person("who", id)) return false;
  put("firm", world_.firm(who.firm));
  put("years", word(std::to_string(who.years)));
  who.firm = kNobody;
  who.job = who.age > 60 ? "pensioner" : "traveller";
  return true;
}

bool Year::buy() {
  auto id = static_cast<int>(random_.below(std::ssize(world_.firms)));
  const Firm& firm = world_.firms[id];
  bool is_closed = firm.closed == event_.roles["day"].text;
  if (is_closed || firm.wares == "service" || !person("who", adult())) return false;
  const Product& product = firm.products[random_.below(std::ssize(firm.products))];
  put("firm", world_.firm(id));
  put("what", thing(product.noun));
  put("price", pounds(product.price));
  if (firm.wares != "food") world_.people[event_.roles["who"].id].things.push_back(product.noun);
  return true;
}

bool Year::lend() {
  int id = adult();
  if (id == kNobody || world_.people[id].things.empty()) return false;
  if (!person("who", id) || !person("whom", adult())) return false;
  const auto& things = world_.people[id].things;
  std::string what = things[random_.below(std::ssize(things))];
  for (const Loan& loan : loans_)
    if (loan.owner == id && loan.thing == what) return false;
  put("what", thing(what));
  loans_.push_back({id, event_.roles["whom"].id, what});
  return true;
}

bool Year::give_back() {
  if (loans_.empty()) return false;
  auto at = loans_.begin() + random_.below(std::ssize(loans_));
  if (!person("who", at->borrower) || !person("whom", at->owner)) return false;
  put("what", thing(at->thing));
  loans_.erase(at);
  return true;
}

bool Year::lose() {
  if (!person("who", adult())) return false;
  std::string what = pick("things.lost");
  put("what", thing(what));
  put_place("where", "places.all");
  lost_.push_back({event_.roles["who"].id, what, event_.roles["where"].text});
  return true;
}

bool Year::find() {
  if (lost_.empty()) return false;
  auto at = lost_.begin() + random_.below(std::ssize(lost_));
  if (!person("whom", at->owner) || !person("who", adult())) return false;
  put("what", thing(at->thing));
  put("where", world_.place(at->place));
  lost_.erase(at);
  return true;
}

bool Year::give() {
  if (!two_adults()) return false;
  int day = event_.day;
  if (birthdays_.emplace(event_.roles["whom"].id, day).first->second != day) return false;
  std::string what = pick("things.gift");
  put("what", thing(what));
  world_.people[event_.roles["whom"].id].things.push_back(what);
  return true;
}

bool Year::meet() {
  put_place("where", "places.all");
  return two_adults();
}

bool Year::win() {
  put_with_place("contest", "things.contest");
  put("prize", "things.prize");
  return two_adults();
}

bool Year::match() {
  put("rival", "names.rival", "village");
  int lost = between(0, 2);
  put("score", word(fmt::format("{} to {}", lost + between(1, 3), lost)));
  return person("who", somebody([](const Person& p) { return p.age >= 16 && p.age <= 45; }));
}

bool Year::damage() {
  put_place("where", "places.damaged");
  put("cause", "things.cause");
  const std::string& name = event_.roles["where"].text;
  if (std::count(damaged_.begin(), damaged_.end(), name) > 0) return false;
  damaged_.push_back(name);
  return true;
}

bool Year::repair() {
  if (damaged_.empty() || !two_adults()) return false;
  auto at = damaged_.begin() + random_.below(std::ssize(damaged_));
  put("where", world_.place(*at));
  damaged_.erase(at);
  return true;
}

bool Year::weather() {
  put("weather", "things.weather");
  put("street", "names.street", "street");
  return true;
}

bool Year::ill() {
  put("illness", "things.illness");
  return two_adults();
}

bool Year::accident() {
  put("injury", "things.injury");
  put_place("where", "places.all");
  return person("who", adult()) && hurt_.insert(event_.roles["who"].id).second;
}

bool Year::perform() {
  put("show", "things.show");
  put_place("where", "places.stage");
  return two_adults();
}

bool Year::learn() {
  put_with_place("course", "things.course");
  return two_adults();
}

bool Year::steal() {
  put("what", thing(pick("things.bicycle")));
  put_place("where", "places.outside");
  return person("whom", adult());
}

bool Year::rescue() {
  int id = somebody([](const Person& p) { return !p.pet.empty(); });
  if (!person("whom", id) || !person("who", adult())) return false;
  put("animal", thing(world_.people[id].pet));
  put_place("where", "places.outside");
  return true;
}

bool Year::grow() {
  std::vector<std::string> plant = parts(pick("things.pumpkin"), ";");
  put("pumpkin", word(plant[0]));
  put("kilos", word(std::to_string(between(std::stoi(plant[1]), std::stoi(plant[2])))));
  put_place("where", "places.outside");
  return person("who", adult());
}

bool Year::donate() {
  put("money", pounds(between(1, 20) * 50));
  put_place("where", "places.damaged");
  return person("who", adult());
}

// Who did what kind of thing: "Anna+win", "Riverside Bakery+cut", "church+damage".
std::string combination(const Event& event) {
  for (const char* role : {"firm", "who", "whom", "where", "street"}) {
    auto found = event.roles.find(role);
    if (found == event.roles.end()) continue;
    const Value& value = found->second;
    return (value.type == "person" ? value.forms.at("first") : value.text) + "+" + event.kind;
  }
  return event.kind;
}

// The event in one fixed way of telling: what is told alike, though it happened twice, is in one
// split.
std::string told(const Event& event) {
  Random fixed(0);
  return grammar().fill(grammar().lines(event.kind + ".tell")[0], event.roles, fixed);
}

}  // namespace

bool is_held_out(const std::string& combination, uint64_t seed) {
  return hash_of(combination, seed) % 12 == 0;
}

Split split_of(const std::string& text, uint64_t seed) {
  uint64_t place = hash_of(text, ~seed) % 16;
  return place == 0 ? Split::kValid : place < 3 ? Split::kTest : Split::kTrain;
}

World make_world(uint64_t seed) {
  Random random(seed);
  World world = found_village(random.fork(0));
  Year(world, random.fork(1)).live();
  for (Event& event : world.events)
    event.split =
        is_held_out(combination(event), seed) ? Split::kUnseen : split_of(told(event), seed);
  return world;
}

}  // namespace t5::corpus::village
