// Training a vocabulary: SentencePiece's trainer with T5's settings, and what it needs to be kept
// from. The only file that includes SentencePiece.
#include <fmt/core.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <map>

#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace sp = sentencepiece;

// U+2585, which the library takes for an unknown character: it leaves out every line with one.
constexpr std::string_view kReserved = "▅";
// Characters, beyond which the library's arithmetic fails and ends the process.
constexpr size_t kMaxText = size_t{1} << 30;

// What stands between reserved characters; all of it in most texts.
std::vector<std::string_view> without_reserved(const std::vector<std::string>& lines) {
  std::vector<std::string_view> parts;
  for (std::string_view rest : lines)
    while (!rest.empty()) {
      size_t length = std::min(rest.find(kReserved), rest.size());
      if (length > 0) parts.push_back(rest.substr(0, length));
      rest.remove_prefix(std::min(length + kReserved.size(), rest.size()));
    }
  return parts;
}

// The length, at most 4,000 bytes, of the part of `text` up to and with a space; up to the last
// whole character when there is no space.
size_t part_length(std::string_view text) {
  constexpr size_t kLongest = 4000;  // the library leaves out lines above 4,192
  if (text.size() <= kLongest) return text.size();
  size_t space = text.rfind(' ', kLongest - 1);
  if (space != text.npos) return space + 1;
  size_t length = kLongest;
  while (length > kLongest - 3 && (text[length] & 0xc0) == 0x80) --length;
  return length;
}

// Hands the lines to the trainer, long ones in parts. It would leave those out, and if it took
// them, a word of 100,000 letters would make its arithmetic fail and end the process.
class Lines : public sp::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string_view>& lines) : lines_(lines) { Next(); }
  bool done() const override { return part_.empty(); }
  const std::string& value() const override { return part_; }
  sp::util::Status status() const override { return {}; }

  void Next() override {
    begin_ += part_.size();
    while (line_ < lines_.size() && begin_ == lines_[line_].size()) ++line_, begin_ = 0;
    std::string_view rest;
    if (line_ < lines_.size()) rest = lines_[line_].substr(begin_);
    part_ = rest.substr(0, part_length(rest));
  }

 private:
  const std::vector<std::string_view>& lines_;
  size_t line_ = 0, begin_ = 0;  // where part_ begins
  std::string part_;             // empty at the end
};

// Every word that occurs twice or more, written twice without a space. The library takes its first
// candidates from substrings that two different words share: without these a word that has one form
// only, were it in every line, would stay in fragments.
std::vector<std::string> doubled_words(const std::vector<std::string_view>& lines) {
  std::map<std::string_view, int64_t> counts;
  for (std::string_view rest : lines)
    while (!rest.empty()) {
      size_t length = std::min(rest.find(' '), rest.size());
      ++counts[rest.substr(0, length)];
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
  std::vector<std::string> out;
  for (auto [word, count] : counts)
    if (count > 1 && !word.empty()) out.push_back(fmt::format("{}{}", word, word));
  return out;
}

// One run of the library's trainer, with T5's settings.
sp::util::Status train(std::vector<std::string_view> text, const TrainTokenizerOptions& options,
                       std::string& serialized) {
  std::vector<std::string> words = doubled_words(text);
  text.insert(text.end(), words.begin(), words.end());
  Lines sentences(text);
  return sp::SentencePieceTrainer::Train(
      {{"model_type", "unigram"},
       {"vocab_size", std::to_string(options.vocab_size)},
       {"character_coverage", fmt::format("{}", options.character_coverage)},
       {"pad_id", "0"},
       {"eos_id", "1"},
       {"unk_id", "2"},
       {"bos_id", "-1"},
       {"normalization_rule_name", "nmt_nfkc"},
       {"num_threads", "1"},
       {"minloglevel", "3"}},  // silent
      &sentences, &serialized);
}

// Whether normalisation leaves anything to train on; if not (white space of any kind, control
// characters), the library would end the whole process. A vocabulary of one letter tells: it
// encodes everything else as <unk>.
bool has_text(const std::vector<std::string_view>& lines) {
  std::string letter;
  sp::SentencePieceProcessor processor;
  check(train({"a"}, {.vocab_size = 5}, letter).ok() &&
            processor.LoadFromSerializedProto(letter).ok(),
        "train_sentencepiece: cannot train");
  return std::any_of(lines.begin(), lines.end(),
                     [&](std::string_view line) { return !processor.EncodeAsIds(line).empty(); });
}

// The first integer in `text` after `before`, as it stands there; empty when there is none.
std::string number_after(const std::string& text, const std::string& before) {
  size_t at = text.find(before);
  if (at == std::string::npos) return "";
  size_t begin = text.find_first_of("0123456789", at + before.size());
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
}

// Puts the trainer's refusals in our words. It tells the bounds only in its message.
[[noreturn]] void fail_to_train(int64_t vocab_size, const std::string& message) {
  std::string largest = number_after(message, "Please set it to a value <=");
  if (!largest.empty())
    fail(
        "train_sentencepiece: a vocabulary of {} is too large for this text, which gives at most "
        "{} pieces; ask for {} or give more text",
        vocab_size, largest, largest);
  std::string smallest = number_after(message, " vs ");
  if (!smallest.empty())
    fail(
        "train_sentencepiece: a vocabulary of {} is too small for the characters of this text; "
        "ask for at least {} or lower the character coverage",
        vocab_size, smallest);
  fail("train_sentencepiece: {}", message);
}

}  // namespace

std::string train_sentencepiece(const std::vector<std::string>& lines,
                                const TrainTokenizerOptions& options) {
  using O = TrainTokenizerOptions;
  check(options.vocab_size >= O::kMinVocabulary && options.vocab_size <= O::kMaxVocabulary,
        "train_sentencepiece: the vocabulary size {} is not from {} to {}", options.vocab_size,
        O::kMinVocabulary, O::kMaxVocabulary);
  // Written so that NaN is refused.
  check(options.character_coverage >= O::kMinCoverage && options.character_coverage <= 1.0,
        "train_sentencepiece: the character coverage {} is not from {} to 1",
        options.character_coverage, O::kMinCoverage);
  std::vector<std::string_view> text = without_reserved(lines);
  size_t bytes = 0;
  for (std::string_view part : text) bytes += part.size();
  check(bytes <= kMaxText, "train_sentencepiece: {} bytes of text, above {}; take a part of them",
        bytes, kMaxText);
  check(has_text(text), "train_sentencepiece: there is no text to train on");
  std::string serialized;
  auto status = train(text, options, serialized);
  if (!status.ok()) fail_to_train(options.vocab_size, status.message());
  read_piece_model(serialized, "train_sentencepiece");  // not more than our reader takes
  return serialized;
}

}  // namespace t5
