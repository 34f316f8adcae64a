// T5's vocabulary: SentencePiece pieces, and the training of one. The only file that includes
// SentencePiece.
//
// The library puts ▁ before every text it is given. That is right at the start of a line and after
// white space, and wrong after a sentinel in the middle of a word: what follows there goes to a
// second processor of the same model with that setting turned off.
#include <fmt/core.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include "t5/text/charsmap.h"
#include "t5/text/lines.h"
#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace sp = sentencepiece;

constexpr std::string_view kSpace = "▁";  // U+2581
constexpr int64_t kMaxVocabulary = 1 << 24;

// A model is a protocol buffer message, and two messages written one after the other merge. These
// bytes are the message {normalizer_spec (field 3): {add_dummy_prefix (field 3): false}}.
constexpr std::string_view kNoPrefix{"\x1a\x02\x18\x00", 4};

// The library reports most defects of a model by its status, some by exceptions of its own.
void load(const std::string& serialized, const std::string& name,
          sp::SentencePieceProcessor& processor) {
  std::string reason;
  try {
    auto status = processor.LoadFromSerializedProto(serialized);
    if (status.ok()) return;
    reason = status.message();
  } catch (const std::exception& error) {
    reason = error.what();
  }
  fail("{}: not a SentencePiece model: {}", name, reason);
}

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& serialized, const std::string& name,
                         const TokenizerOptions& options)
      : serialized_(serialized), legacy_(options.legacy) {
    check_charsmaps(serialized_, name);
    load(serialized_, name, prefixed_);
    pad_ = prefixed_.pad_id(), eos_ = prefixed_.eos_id(), unk_ = prefixed_.unk_id();
    check(pad_ >= 0 && eos_ >= 0 && unk_ >= 0,
          "{}: a T5 vocabulary needs <pad>, </s> and <unk>; they have ids {}, {}, {}", name, pad_,
          eos_, unk_);
    vocab_size_ = prefixed_.GetPieceSize();
    if (options.extra_ids == 0) {
      find_sentinels();
    } else {
      append_sentinels(options.extra_ids < 0 ? 100 : options.extra_ids, name);
    }
  }

 protected:
  void encode_plain(std::string_view text, bool after_special,
                    std::vector<int32_t>& ids) const override {
    bool prefix = !after_special || legacy_ || begins_with_space(text);
    std::vector<int> pieces;
    auto status = (prefix ? prefixed_ : unprefixed()).Encode(text, &pieces);
    check(status.ok(), "encode: {}", status.message());
    ids.insert(ids.end(), pieces.begin(), pieces.end());
  }

  void decode_plain(std::span<const int32_t> ids, std::string& text) const override {
    std::string run;
    auto status = prefixed_.Decode(std::vector<int>(ids.begin(), ids.end()), &run);
    check(status.ok(), "decode: {}", status.message());
    // The library drops the first space, which is right only where the whole text begins.
    bool space = prefixed_.IdToPiece(ids[0]).starts_with(kSpace);
    if (space && !text.empty() && text.back() != ' ') text += ' ';
    text += run;
  }

  std::string plain_piece(int32_t id) const override { return prefixed_.IdToPiece(id); }

 private:
  // T5's follow the pieces, the last one first.
  void append_sentinels(int64_t count, const std::string& name) {
    check(count <= kMaxVocabulary, "{}: {} sentinels are too many", name, count);
    vocab_size_ += static_cast<int32_t>(count);
    for (int64_t k = 0; k < count; ++k)
      sentinels_.push_back(static_cast<int32_t>(vocab_size_ - 1 - k));
  }

  // mT5 keeps its sentinels among the pieces.
  void find_sentinels() {
    for (int64_t k = 0;; ++k) {
      int id = prefixed_.PieceToId(fmt::format("{}<extra_id_{}>", kSpace, k));
      if (id == unk_) id = prefixed_.PieceToId(fmt::format("<extra_id_{}>", k));
      if (id == unk_) return;
      sentinels_.push_back(id);
    }
  }

  // Built when first needed: it takes as long as loading the tokenizer.
  const sp::SentencePieceProcessor& unprefixed() const {
    std::call_once(unprefixed_once_,
                   [this] { load(serialized_ + std::string(kNoPrefix), "encode", unprefixed_); });
    return unprefixed_;
  }

  // Whether the vocabulary's own normaliser takes the first character for white space: between two
  // letters it then gives a piece with ▁.
  bool begins_with_space(std::string_view text) const {
    std::string first(text.substr(0, std::max<size_t>(1, utf8_length(text, 0))));
    std::vector<std::string> pieces;
    check(unprefixed().Encode("a" + first + "a", &pieces).ok(), "encode: cannot normalise");
    return std::any_of(pieces.begin(), pieces.end(), [](const std::string& piece) {
      return piece.find(kSpace) != std::string::npos;
    });
  }

  std::string serialized_;
  bool legacy_;
  sp::SentencePieceProcessor prefixed_;
  mutable std::once_flag unprefixed_once_;
  mutable sp::SentencePieceProcessor unprefixed_;
};

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
std::vector<std::string> doubled_words(const std::vector<std::string>& lines) {
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
sp::util::Status train(const std::vector<std::string>& lines, const TrainTokenizerOptions& options,
                       std::string& serialized) {
  std::vector<std::string> words = doubled_words(lines);
  std::vector<std::string_view> text(lines.begin(), lines.end());
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
bool has_text(const std::vector<std::string>& lines) {
  std::string letter;
  sp::SentencePieceProcessor processor;
  check(train({"a"}, {.vocab_size = 5}, letter).ok() &&
            processor.LoadFromSerializedProto(letter).ok(),
        "train_sentencepiece: cannot train");
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return !processor.EncodeAsIds(line).empty(); });
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

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::string& serialized,
                                                        const std::string& name,
                                                        const TokenizerOptions& options) {
  return std::make_unique<SentencePieceTokenizer>(serialized, name, options);
}

std::string train_sentencepiece(const std::vector<std::string>& lines,
                                const TrainTokenizerOptions& options) {
  check(options.vocab_size >= 4 && options.vocab_size <= kMaxVocabulary,
        "train_sentencepiece: the vocabulary size {} is not from 4 to {}", options.vocab_size,
        kMaxVocabulary);
  // SentencePiece takes 0.98 for the least; the negation refuses NaN.
  check(options.character_coverage >= 0.98 && options.character_coverage <= 1.0,
        "train_sentencepiece: the character coverage {} is not from 0.98 to 1",
        options.character_coverage);
  check(has_text(lines), "train_sentencepiece: there is no text to train on");
  std::string serialized;
  auto status = train(lines, options, serialized);
  if (!status.ok()) fail_to_train(options.vocab_size, status.message());
  return serialized;
}

}  // namespace t5
