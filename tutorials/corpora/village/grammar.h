// Grammar and words as data: rules that a small generator expands.
//
// A data file has sections, "[lend]", and in them lines "key: text". What stands there belongs to
// the rule "lend.key"; " | " separates alternatives, and a key that comes again adds more. Lines
// that begin with "#" are for the reader.
//
// A text may hold
//   {who}       the text of a role
//   {who.his}   one of its forms
//   {+rule}     any alternative of a rule, expanded with the same roles
//   (a|b|)      one of these, perhaps nothing; brackets without a | are brackets
// and sentences get their capitals at the end.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/random.h"

namespace t5::corpus::village {

// What a role stands for: a person, a firm, a thing, a place, a day, a number.
struct Value {
  std::string text;  // as an answer has it: "Anna Reed", "ladder", "Monday"
  std::string type;  // "person", "firm", "place", "street", "thing", "day", "price", "word"
  int id = -1;       // of a person, firm or place in its world
  std::map<std::string, std::string> forms;  // "a": "a ladder", "his": "her"
};

using Roles = std::map<std::string, Value>;

class Grammar {
 public:
  // The rules in these texts together. Throws Error, which names the line, for one without a key.
  explicit Grammar(const std::vector<std::string_view>& files);

  bool has(const std::string& rule) const { return rules_.contains(rule); }
  // The alternatives of a rule. Throws ContractError when there is no such rule.
  const std::vector<std::string>& lines(const std::string& rule) const;
  // The keys of a section's rules, in alphabetical order.
  std::vector<std::string> keys(const std::string& section) const;

  const std::string& pick(const std::string& rule, Random& random) const;
  // One alternative of the rule, expanded.
  std::string say(const std::string& rule, const Roles& roles, Random& random) const;
  // `text` expanded.
  std::string fill(const std::string& text, const Roles& roles, Random& random) const;

 private:
  std::string expand(std::string_view text, const Roles& roles, Random& random) const;

  std::map<std::string, std::vector<std::string>> rules_;
};

// The grammar of the village, read once.
const Grammar& grammar();

// "a; b; c" as its parts, without the blanks around them.
std::vector<std::string> parts(std::string_view text, std::string_view separator);

// "an apple", "a pear", "some flour" or "*gloves" (a plural) as a thing with its forms: a, the,
// it (of a subject), it_o (of an object), is, was, costs, do.
Value thing(const std::string& noun);

// A capital for the first letter of each sentence; blanks that an empty choice left are taken out.
std::string sentences(std::string text);

}  // namespace t5::corpus::village
