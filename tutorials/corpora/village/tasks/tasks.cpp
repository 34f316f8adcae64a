// The table of tasks.
#include "tutorials/corpora/village/tasks/tasks.h"

namespace t5::corpus::village {

std::span<const TaskKind> task_kinds() {
  static const TaskKind kinds[] = {
      {"summary", "text headline", "summarize: {text}", "", "rougeL exact_match", 40, summary},
      {"question", "question context answer", "question: {question} context: {context}", "",
       "squad_em squad_f1", 16, question},
      {"yes_or_no", "question passage label", "boolq passage: {passage} question: {question}",
       "False True", "accuracy", 4, yes_or_no},
      {"answers_it", "question sentence label", "qnli question: {question} sentence: {sentence}",
       "entailment not_entailment", "accuracy", 8, answers_it},
      {"closed_book", "question answer", "village question: {question}", "", "exact_match", 16,
       closed_book},
      {"acceptability", "sentence label", "cola sentence: {sentence}", "unacceptable acceptable",
       "matthews accuracy", 8, acceptability},
      {"repair", "wrong right", "correct: {wrong}", "", "exact_match bleu", 60, repair},
      {"pronoun", "text referent", "wsc: {text}", "", "squad_em", 8, pronoun},
      {"roles", "verb sentence roles", "roles verb: {verb} sentence: {sentence}", "", "exact_match",
       60, roles},
      {"paraphrase", "sentence1 sentence2 label",
       "mrpc sentence1: {sentence1} sentence2: {sentence2}", "not_equivalent equivalent",
       "accuracy f1_macro", 8, paraphrase},
      {"similarity", "sentence1 sentence2 score",
       "stsb sentence1: {sentence1} sentence2: {sentence2}", "", "pearson spearman", 6, similarity,
       "0.2"},
      {"entailment", "hypothesis premise label", "mnli hypothesis: {hypothesis} premise: {premise}",
       "entailment neutral contradiction", "accuracy", 8, entailment},
      {"names", "text names", "names: {text}", "", "span_f1", 60, names},
      {"relation", "head tail text label", "relation head: {head} tail: {tail} text: {text}",
       "boss child colleague married neighbour sibling", "accuracy", 8, relation},
      {"linking", "text candidates person", "link text: {text} candidates: {candidates}", "",
       "exact_match", 12, linking},
      {"triples", "text graph", "graph: {text}", "", "exact_match rougeL", 80, triples},
      {"sentiment", "sentence label", "sst2 sentence: {sentence}", "negative positive", "accuracy",
       4, sentiment},
      {"topic", "text label", "topic: {text}",
       "business culture family health home police sport weather", "accuracy f1_macro", 6, topic},
      {"spam", "text label", "spam: {text}", "ham spam", "accuracy", 4, spam},
      {"mood", "firm headline label", "mood firm: {firm} headline: {headline}",
       "negative neutral positive", "accuracy", 6, mood},
      {"dialogue", "facts history reply", "dialogue facts: {facts} {history}", "",
       "exact_match bleu", 40, dialogue},
      {"lookup", "question label", "lookup: {question}",
       "complain delivery gift hours late pay price repair return where work", "accuracy", 6,
       lookup},
      {"rating", "person product stars", "rate person: {person} product: {product}", "",
       "pearson spearman", 4, rating, "1"},
      {"ranking", "person products ranked", "rank person: {person} products: {products}", "",
       "exact_match", 30, ranking},
      {"describe", "record text", "describe: {record}", "", "bleu rougeL", 80, describe},
      {"query", "question sql", "sql: {question}", "", "exact_match", 80, query},
  };
  return kinds;
}

}  // namespace t5::corpus::village
