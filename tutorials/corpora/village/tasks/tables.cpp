// Tasks over records and tables.
#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {
namespace {

struct Field {
  std::string name, value;
};

Row described(Teller& teller, const std::vector<Field>& fields, const Roles& roles,
              const std::vector<std::string>& told) {
  std::string record, text;
  for (const Field& field : fields)
    record += (record.empty() ? "" : "; ") + field.name + ": " + field.value;
  for (const std::string& rule : told)
    text += (text.empty() ? "" : " ") + teller.say("describe." + rule, roles);
  return Row{{record, text}, fields[0].value + "+" + fields.back().name};
}

}  // namespace

std::optional<Row> describe(Teller& teller) {
  const World& world = teller.world();
  Roles roles;
  std::vector<Field> fields;
  std::vector<std::string> told;
  auto add = [&](const std::string& rule, const std::vector<Field>& more, Value value) {
    fields.insert(fields.end(), more.begin(), more.end());
    told.push_back(rule);
    roles[more.back().name] = std::move(value);
  };
  if (teller.chance(0.5)) {
    int id = teller.firm();
    const Firm& firm = world.firms[id];
    const Product& product = teller.pick(firm.products);
    roles = {{"name", world.firm(id)}, {"kind", thing(firm.kind)}};
    add("firm", {{"name", firm.name}, {"kind", roles["kind"].text}, {"street", firm.street}},
        word(firm.street));
    if (teller.chance(0.5)) {
      Value owner = world.person(firm.owner);
      add("owner", {{"owner", owner.text}}, owner);
    }
    if (teller.chance(0.5)) add("closed", {{"closed", firm.closed}}, word(firm.closed));
    if (teller.chance(0.5)) {
      std::string year = std::to_string(firm.founded);
      add("founded", {{"founded", year}}, word(year));
    }
    roles["product"] = thing(product.noun);
    Value price = pounds(product.price);
    if (teller.chance(0.5))
      add("sells", {{"product", roles["product"].text}, {"price", price.text}}, price);
    return described(teller, fields, roles, told);
  }
  int id = teller.person();
  const Person& person = world.people[id];
  Value age = word(std::to_string(person.age));
  roles = {{"name", world.person(id)}, {"age", age}, {"job_a", word(with_article(person.job))}};
  add("person", {{"name", person.name()}, {"age", age.text}, {"street", person.street}},
      word(person.street));
  if (teller.chance(0.5)) add("job", {{"job", person.job}}, word(person.job));
  if (teller.chance(0.5)) add("hobby", {{"hobby", person.hobby}}, word(person.hobby));
  if (person.spouse != kNobody && teller.chance(0.7)) {
    Value spouse = world.person(person.spouse);
    add("married", {{"spouse", spouse.text}}, spouse);
  }
  return described(teller, fields, roles, told);
}

std::optional<Row> query(Teller& teller) {
  const World& world = teller.world();
  int id = teller.firm(), who = teller.person();
  const Firm& firm = world.firms[id];
  const Product& product = teller.pick(firm.products);
  Roles roles = {{"firm", world.firm(id)}, {"who", world.person(who)}};
  roles["what"] = thing(product.noun);
  roles["street"] = word(teller.chance(0.5) ? firm.street : world.people[who].street);
  roles["age"] = word(std::to_string(teller.between(20, 80)));
  roles["year"] = word(std::to_string(teller.between(1901, 2014)));
  roles["price"] = word(std::to_string(teller.between(2, 60)));
  roles["day"] = weekday(teller.between(0, 6));
  for (const char* form : {"job", "job_a", "hobby"}) roles[form] = word(roles["who"].forms[form]);
  const auto& lines = grammar().lines("query.ask");
  auto at = teller.random().below(std::ssize(lines));
  std::vector<std::string> sides = parts(lines[at], "? > ");
  std::string combination = std::to_string(at);
  for (const std::string& role : roles_in(sides[1])) combination += "+" + roles.at(role).text;
  return Row{{teller.fill(sides[0] + "?", roles), teller.fill(sides[1], roles)}, combination};
}

}  // namespace t5::corpus::village
