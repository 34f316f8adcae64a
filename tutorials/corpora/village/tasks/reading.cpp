// Tasks over a text: its summary, and questions about it.
#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {
namespace {

// Two events of different kinds, told one after the other. The first is the one that is asked for.
struct Passage {
  const Event* asked;
  std::string text;
};

std::optional<Passage> passage(Teller& teller) {
  const Event &asked = teller.event(), &other = teller.event();
  if (asked.kind == other.kind) return std::nullopt;
  std::string first = teller.tell(asked, "tell"), second = teller.tell(other, "tell");
  return Passage{&asked, teller.chance(0.5) ? first + " " + second : second + " " + first};
}

}  // namespace

std::optional<Row> summary(Teller& teller) {
  const Event& event = teller.event();
  std::string text = teller.tell(event, "tell"), detail = teller.tell(event, "detail");
  text += " " + detail;
  std::string more = teller.tell(event, "detail");
  if (more != detail && teller.chance(0.5)) text += " " + more;
  std::string headline = grammar().lines(event.kind + ".headline")[0];
  return Row{{text, teller.fill(headline, event.roles)}};
}

std::optional<Row> question(Teller& teller) {
  auto context = passage(teller);
  if (!context) return std::nullopt;
  const Event& event = *context->asked;
  std::string key = teller.pick(teller.questions(event));
  const std::string& answer = event.roles.at(key.substr(4)).text;
  std::string asked = teller.tell(event, key);
  if (!contains(context->text, answer) || contains(asked, answer)) return std::nullopt;
  return Row{{asked, context->text, answer}};
}

std::optional<Row> yes_or_no(Teller& teller) {
  auto context = passage(teller);
  if (!context) return std::nullopt;
  const Event& event = *context->asked;
  const std::string& yes = teller.pick(event.kind + ".yes");
  if (teller.chance(0.5)) return Row{{teller.fill(yes, event.roles), context->text, "True"}};
  auto changed = teller.changed(event, roles_in(yes));
  if (!changed) return std::nullopt;
  return Row{{teller.fill(yes, *changed), context->text, "False"}};
}

std::optional<Row> answers_it(Teller& teller) {
  const Event &event = teller.event(), &other = teller.event();
  std::string asked = teller.tell(event, teller.pick(teller.questions(event)));
  if (teller.chance(0.5)) return Row{{asked, teller.tell(event, "tell"), "entailment"}};
  if (event.kind == other.kind) return std::nullopt;
  return Row{{asked, teller.tell(other, "tell"), "not_entailment"}};
}

std::optional<Row> closed_book(Teller& teller) {
  const World& world = teller.world();
  static const std::vector<std::string> of_people = {"lives", "job", "spouse"};
  static const std::vector<std::string> of_firms = {"owner", "street", "closed", "founded"};
  bool about_firm = teller.chance(0.75);
  std::string fact = teller.pick(about_firm ? of_firms : of_people);
  int person = teller.person(), firm = teller.firm();
  auto answer = world.fact(fact, about_firm ? firm : person);
  if (!answer) return std::nullopt;
  Roles roles = {{"answer", *answer}};
  roles[about_firm ? "firm" : "who"] = about_firm ? world.firm(firm) : world.person(person);
  const std::string& subject = roles[about_firm ? "firm" : "who"].text;
  return Row{{teller.say("fact_" + fact + ".ask", roles), answer->text}, subject + "+" + fact};
}

}  // namespace t5::corpus::village
