#include "t5/model/text_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {

Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size) {
  Ids ids;
  for (const std::string& word : words_of(line)) {
    char* rest = nullptr;
    long long id = std::strtoll(word.c_str(), &rest, 10);
    check(*rest == '\0' && id >= 0 && id < vocab_size, "{}: '{}' is not an id from 0 to {}", place,
          word, vocab_size - 1);
    ids.push_back(static_cast<Id>(id));
  }
  return ids;
}

Ids TextModel::read(const std::string& text, const std::string& place) const {
  if (tokenizer) return tokenizer->encode(text);
  Ids ids = parse_ids(text, place, config().vocab_size);
  check(!ids.empty(), "{}: no ids on this line", place);
  return ids;
}

Ids TextModel::read_part(const std::string& text, const std::string& place) const {
  Ids ids = tokenizer ? tokenizer->encode_without_eos(text) : read(text, place);
  while (!ids.empty() && ids.back() == config().eos_token_id) ids.pop_back();
  return ids;
}

std::string TextModel::write(const Ids& ids) const {
  if (!tokenizer) return fmt::format("{}", fmt::join(ids, " "));
  std::string text = tokenizer->decode(ids);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

TextModel load_text_model(const std::string& directory, const LoadOptions& options, bool ids) {
  TextModel loaded{load_model(directory, options), ids ? nullptr : load_tokenizer(directory)};
  if (loaded.tokenizer) check_vocabulary(*loaded.tokenizer, loaded.config());
  return loaded;
}

}  // namespace t5
