// The data files, compiled in: build/corpus needs nothing beside it, wherever it is called from.
// Each is one C++ string, R"village(…)village".
#include "tutorials/corpora/village/grammar.h"

namespace t5::corpus::village {

const Grammar& grammar() {
  static const Grammar read({
#include "tutorials/corpora/village/words/world.txt"
      ,
#include "tutorials/corpora/village/words/events.txt"
      ,
#include "tutorials/corpora/village/words/state.txt"
      ,
#include "tutorials/corpora/village/words/opinions.txt"
      ,
#include "tutorials/corpora/village/words/messages.txt"
      ,
#include "tutorials/corpora/village/words/sentences.txt"
      ,
#include "tutorials/corpora/village/words/tables.txt"
  });
  return read;
}

}  // namespace t5::corpus::village
