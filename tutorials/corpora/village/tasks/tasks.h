// The tasks of the village: a row of the table each, with the function that makes an example. A new
// task is such a function and its row.
#pragma once

#include <optional>
#include <span>

#include "tutorials/corpora/village/teller.h"

namespace t5::corpus::village {

struct TaskKind {
  const char* name;
  const char* columns;  // of its files, separated by blanks; the last is what is to be answered
  const char* inputs;   // the template of the model's input
  const char* labels;   // "negative positive": the answers that there are; "" for a text
  const char* metrics;  // separated by blanks
  int max_new_tokens;
  // Nothing when what was drawn does not fit; it is asked again.
  std::optional<Row> (*make)(Teller&);
  const char* step = "";  // of an answer that is a number: rounded to multiples
};

std::span<const TaskKind> task_kinds();

// Reading (reading.cpp).
std::optional<Row> summary(Teller&);      // news to their headline
std::optional<Row> question(Teller&);     // a question on a text; the answer stands in it
std::optional<Row> yes_or_no(Teller&);    // a question whose answer is True or False
std::optional<Row> answers_it(Teller&);   // does a sentence answer the question?
std::optional<Row> closed_book(Teller&);  // a question without a text

// One sentence or two (sentences.cpp).
std::optional<Row> acceptability(Teller&);
std::optional<Row> repair(Teller&);   // wrong grammar and spelling to right
std::optional<Row> pronoun(Teller&);  // whom it means
std::optional<Row> roles(Teller&);    // who did what to whom
std::optional<Row> paraphrase(Teller&);
std::optional<Row> similarity(Teller&);
std::optional<Row> entailment(Teller&);

// What a text says of whom (knowledge.cpp).
std::optional<Row> names(Teller&);     // people, firms and places in a text
std::optional<Row> relation(Teller&);  // between two people
std::optional<Row> linking(Teller&);   // which of those with this first name?
std::optional<Row> triples(Teller&);   // a text as a graph

// Labels (opinions.cpp).
std::optional<Row> sentiment(Teller&);
std::optional<Row> topic(Teller&);
std::optional<Row> spam(Teller&);
std::optional<Row> mood(Teller&);  // about a firm, in a headline
// "up", "down" or "flat" as the label of mood: positive, negative, neutral.
std::string mood_name(const std::string& way);

// At the shop (shop.cpp).
std::optional<Row> dialogue(Teller&);  // what the desk says next
std::optional<Row> lookup(Teller&);    // which answer of a list a question asks for
std::optional<Row> rating(Teller&);    // how a person would rate a product
std::optional<Row> ranking(Teller&);   // three products, best first

// Tables (tables.cpp).
std::optional<Row> describe(Teller&);  // a record to text
std::optional<Row> query(Teller&);     // a question to SQL

}  // namespace t5::corpus::village
