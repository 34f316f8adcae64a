// Normalisation and segmentation: by hand, against all segmentations there are, and against
// SentencePiece, which is the standard that T5's vocabularies were made with.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <cmath>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "t5/text/charsmap.h"
#include "t5/text/normalizer.h"
#include "t5/text/tokenizer.h"
#include "t5/text/unigram.h"
#include "tensor/error.h"
#include "tensor/random.h"
#include "tests/support.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5 {
namespace {

using Ids = std::vector<int32_t>;
using Options = std::unordered_map<std::string, std::string>;

constexpr int32_t kUnknown = 0;

// <unk>, then the given pieces: their ids count from 1.
PieceModel vocabulary(const std::vector<std::pair<std::string, float>>& pieces) {
  PieceModel model;
  model.pieces.push_back({"<unk>", 0, PieceType::kUnknown});
  for (const auto& [text, score] : pieces)
    model.pieces.push_back({text, score, PieceType::kNormal});
  return model;
}

// ab|c, a|bc, a|b|c and abc spell the same: the longest piece is not the best.
PieceModel small() {
  return vocabulary(
      {{"a", -1}, {"b", -2}, {"c", -2}, {"ab", -2.5}, {"bc", -1.5}, {"abc", -5}, {"é", -3}});
}

std::string joined(const std::vector<Part>& parts) {
  std::string out;
  for (const Part& part : parts) out += (out.empty() ? "" : "|") + std::string(part.text);
  return out;
}

// The highest score of any segmentation, by trying every one.
double best_by_trial(const PieceModel& model, std::string_view text) {
  if (text.empty()) return 0;
  double best = -HUGE_VAL;
  for (const Piece& piece : model.pieces)
    if (text.starts_with(piece.text))
      best = std::max(best, piece.score + best_by_trial(model, text.substr(piece.text.size())));
  return best;
}

// English and French sentences of the demo's corpus.
const std::vector<std::string>& sentences() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> lines;
    for (const auto& pair : corpus::make_english_french({.train = 4000}).train)
      lines.push_back(pair.english), lines.push_back(pair.french);
    return lines;
  }();
  return all;
}

// Text that vocabularies are not made for: parts of sentences, between characters of every kind.
std::vector<std::string> strange_texts(int count) {
  Random random(5);
  auto character = [&](int64_t limit) {
    auto point = static_cast<uint32_t>(random.below(limit));
    auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) return std::string{static_cast<char>(point)};
    if (point < 0x800) return std::string{static_cast<char>(0xc0 | point >> 6), tail(0)};
    return std::string{static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  };
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (int64_t part = random.below(8); part >= 0; --part) {
      const std::string& line = sentences()[random.below(std::ssize(sentences()))];
      switch (random.below(6)) {
        case 0:
          text += " \t\u00a0"[random.below(3)];  // the last one half a character
          break;
        case 1:
          text += character(0x10000);
          break;
        case 2:
          text += character(0x250);
          break;
        default:
          text += line.substr(random.below(std::ssize(line)), 1 + random.below(20));
      }
    }
    texts.push_back(text);
  }
  return texts;
}

class SentenceList : public sentencepiece::SentenceIterator {
 public:
  explicit SentenceList(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return at_ == lines_.size(); }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }
  void Next() override { ++at_; }

 private:
  const std::vector<std::string>& lines_;
  size_t at_ = 0;
};

std::string train(const Options& changes) {
  Options options{{"vocab_size", "500"}, {"hard_vocab_limit", "false"},
                  {"pad_id", "0"},       {"eos_id", "1"},
                  {"unk_id", "2"},       {"bos_id", "-1"},
                  {"num_threads", "1"},  {"minloglevel", "3"}};
  for (const auto& [name, value] : changes) options[name] = value;
  SentenceList lines(sentences());
  std::string serialized;
  REQUIRE(sentencepiece::SentencePieceTrainer::Train(options, &lines, &serialized).ok());
  return serialized;
}

// Encodes and decodes every text with our code and with the library; names the first difference.
void check_equal_to_sentencepiece(const std::string& serialized,
                                  const std::vector<std::string>& texts) {
  sentencepiece::SentencePieceProcessor theirs;
  REQUIRE(theirs.LoadFromSerializedProto(serialized).ok());
  auto ours = make_sentencepiece_tokenizer(serialized, "trained", {.extra_ids = 0});
  for (const std::string& text : texts) {
    Ids expected = theirs.EncodeAsIds(text), got = ours->encode_without_eos(text);
    size_t i = 0;
    while (i < expected.size() && i < got.size() && expected[i] == got[i]) ++i;
    INFO("text: ", text);
    INFO("the first ", i, " ids agree; pieces expected from there on: ",
         theirs.DecodeIds(Ids(expected.begin() + static_cast<int64_t>(i), expected.end())));
    REQUIRE(got == expected);
    std::erase(expected, theirs.unk_id());  // ours leaves it out
    REQUIRE(ours->decode(expected) == theirs.DecodeIds(expected));
  }
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("forward: the best path to each place of abc, by hand") {
    PieceModel model = small();
    std::vector<BestPath> best = Unigram(model, kUnknown).best_paths("abc");
    REQUIRE(best.size() == 4);
    auto way_to = [&](size_t place) {
      const auto& [score, id, begin] = best[place];
      return id < 0 ? "no way"
                    : fmt::format("{} from {}: {}", model.pieces.at(id).text, begin, score);
    };
    REQUIRE(way_to(1) == "a from 0: -1");
    REQUIRE(way_to(2) == "ab from 0: -2.5");  // better than a|b with -3
    REQUIRE(way_to(3) == "bc from 1: -2.5");  // a|bc, better than ab|c with -4.5 and abc with -5
  }

  TEST_CASE("forward: no segmentation scores higher, of all there are of 300 random texts") {
    Random random(1);
    for (int trial = 0; trial < 300; ++trial) {
      std::vector<std::pair<std::string, float>> pieces{{"x", -3}, {"y", -4}};
      std::map<std::string, bool> taken{{"x", true}, {"y", true}};
      for (int i = 0; i < 8; ++i) {
        std::string piece;
        for (int64_t n = 2 + random.below(3); n > 0; --n) piece += "xy"[random.below(2)];
        if (!std::exchange(taken[piece], true))
          pieces.emplace_back(piece, static_cast<float>(-8 * random.uniform()));
      }
      std::string text;
      for (int64_t n = 1 + random.below(12); n > 0; --n) text += "xy"[random.below(2)];
      CAPTURE(trial);
      CAPTURE(text);
      PieceModel model = vocabulary(pieces);
      CHECK(Unigram(model, kUnknown).best_paths(text).back().score ==
            doctest::Approx(best_by_trial(model, text)).epsilon(1e-5));
    }
  }

  TEST_CASE("forward: of two equal paths the first one stays") {
    PieceModel model = vocabulary({{"a", -1}, {"b", -1}, {"ab", -2}});
    // ab is found from place 0, before a|b is completed from place 1.
    CHECK(Unigram(model, kUnknown).best_paths("ab")[2].id == 3);
  }

  TEST_CASE("forward: the score of a path is kept as a float") {
    std::vector<BestPath> best = Unigram(vocabulary({{"a", -0.1F}}), kUnknown).best_paths("aaa");
    INFO("rounded(score) is what SentencePiece keeps");
    for (size_t place = 1; place <= 3; ++place) {
      double kept = static_cast<float>(best[place - 1].score + double{-0.1F});
      CHECK(fmt::format("{}", best[place].score) == fmt::format("{}", kept));
    }
  }

  TEST_CASE("forward: an unknown character costs ten more than the rarest piece") {
    std::vector<BestPath> best = Unigram(small(), kUnknown).best_paths("a?b");
    CHECK(best[2].id == kUnknown);
    CHECK(best[2].score == doctest::Approx(-1 - (5 + 10)));
    CHECK(best[3].score == doctest::Approx(-1 - (5 + 10) - 2));
    // A character that begins a longer piece, and is none itself, is unknown alone.
    Unigram pair(vocabulary({{"qu", -1}, {"a", -2}}), kUnknown);
    CHECK(pair.best_paths("qua").back().score == doctest::Approx(-3));
    CHECK(pair.best_paths("qa")[1].id == kUnknown);
    // Even where the longer piece is there: <unk>|uz scores more than qu|<unk>.
    Unigram either(vocabulary({{"qu", -1}, {"uz", -0.5}}), kUnknown);
    CHECK(either.best_paths("quz").back().score == doctest::Approx(-(1 + 10) - 0.5));
  }

  TEST_CASE("forward: a character of several bytes is taken whole") {
    std::vector<BestPath> best = Unigram(small(), kUnknown).best_paths("éaœ");
    REQUIRE(best.size() == 6);
    CHECK(best[1].id == -1);  // within é
    CHECK(best[2].id == 7);
    CHECK(best[4].id == -1);  // within œ, which is unknown
    CHECK(best[5].id == kUnknown);
    CHECK(best[5].begin == 3);
  }

  TEST_CASE("segment: the pieces of the best path, from left to right") {
    Unigram unigram(small(), kUnknown);
    CHECK(joined(unigram.segment("abc")) == "a|bc");
    CHECK(joined(unigram.segment("abcaba")) == "a|bc|ab|a");
    CHECK(joined(unigram.segment("a?éœb")) == "a|?|é|œ|b");
    CHECK(unigram.segment("").empty());
    std::vector<Part> parts = unigram.segment("cab");
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].id == 3);
    CHECK(parts[1].id == 4);
  }

  TEST_CASE("segment: its pieces spell the text, and their scores add up to the best path's") {
    PieceModel model = small();
    Unigram unigram(model, kUnknown);
    Random random(2);
    for (int trial = 0; trial < 100; ++trial) {
      std::string text, spelt;
      for (int64_t n = random.below(20); n > 0; --n) text += "abc"[random.below(3)];
      double score = 0;
      for (const Part& part : unigram.segment(text)) {
        spelt += model.pieces[part.id].text;
        score += model.pieces[part.id].score;
      }
      CHECK(spelt == text);
      CHECK(score == doctest::Approx(unigram.best_paths(text).back().score));
    }
  }

  TEST_CASE("encode: neighbouring unknown characters are one <unk>, or their bytes") {
    PieceModel model = small();
    Ids ids;
    Unigram(model, kUnknown).encode("a??b?", ids);
    CHECK(ids == Ids{1, kUnknown, 2, kUnknown});
    for (int byte = 0; byte < 256; ++byte)
      model.pieces.push_back({fmt::format("<0x{:02X}>", byte), 0, PieceType::kByte});
    model.byte_fallback = true;
    ids.clear();
    Unigram(model, kUnknown).encode("aœ", ids);
    CHECK(ids == Ids{1, 8 + 0xc5, 8 + 0x93});
  }

  TEST_CASE("spaces: ▁ before each word, one for a run of white space, none at the end") {
    Normalizer normalize;
    CHECK(normalize("the old house") == "▁the▁old▁house");
    CHECK(normalize("  the   old ") == "▁the▁old");
    CHECK(normalize("the") == "▁the");
    CHECK(normalize("   ") == "");
    CHECK(normalize("") == "");
    CHECK(normalize("the old", false) == "the▁old");
    CHECK(normalize(" the", false) == "the");
  }

  TEST_CASE("spaces: a model may keep every space, and put none before the text") {
    PieceModel model;
    model.remove_extra_whitespaces = false;
    CHECK(Normalizer(model)(" a  b ") == "▁▁a▁▁b▁");
    model.add_dummy_prefix = false;
    CHECK(Normalizer(model)(" a  b ") == "▁a▁▁b▁");
    model.remove_extra_whitespaces = true;
    CHECK(Normalizer(model)(" a  b ") == "a▁b");
  }

  TEST_CASE("spaces: what the character map makes white space of counts as such") {
    static const std::string serialized = train({{"normalization_rule_name", "nmt_nfkc"}});
    Normalizer normalize(read_piece_model(serialized, "trained"));
    CHECK(normalize("a\tb\n\u00a0c\u3000") == "▁a▁b▁c");
    CHECK(normalize("ﬁne ½ ① Ａ") == "▁fine▁1⁄2▁1▁A");
    CHECK(normalize("a\u200bb") == normalize("a b"));  // zero width: white space to this map
    CHECK(normalize("a\xff\xe2\x82") == "▁a\uFFFD\uFFFD\uFFFD");
  }

  TEST_CASE("ids equal to SentencePiece's: the sentences of the corpus, and strange texts") {
    std::string serialized = train_sentencepiece(sentences(), {.vocab_size = 500});
    check_equal_to_sentencepiece(serialized, sentences());
    check_equal_to_sentencepiece(serialized, strange_texts(3000));
  }

  TEST_CASE("ids equal to SentencePiece's: bytes for what is unknown, pieces given by the user") {
    for (const Options& options :
         {Options{{"byte_fallback", "true"}}, Options{{"user_defined_symbols", "▁the,ing,h,é,<x>"}},
          Options{{"normalization_rule_name", "identity"}, {"add_dummy_prefix", "false"}}})
      check_equal_to_sentencepiece(train(options), strange_texts(1000));
  }

  TEST_CASE("a model's file that is no vocabulary of T5's kind is refused, with the reason") {
    auto reason = [](const std::string& bytes) {
      return testing::error_of([&] { read_piece_model(bytes, "m"); });
    };
    auto says = [](const std::string& message, const char* part) {
      INFO(message);
      CHECK(message.starts_with("m: not a SentencePiece model: "));
      CHECK(message.find(part) != std::string::npos);
    };
    says(reason(""), "it has no pieces");
    says(reason("\x0a\x7fx"), "it ends in the middle");
    says(reason("\x0f"), "unknown type");
    says(reason(std::string("\x0a\x00", 2)), "piece 0 is empty");
    says(reason("\x0a\x03\x0a\x01x\x0a\x03\x0a\x01x"), "'x' is there twice");
    says(reason(train({{"model_type", "bpe"}})), "these are not");
    std::string many, large;
    for (int i = 0; i <= 1 << 20; ++i) many.append("\x0a\x00", 2);
    for (int i = 0; i < 5; ++i)  // a piece of 1,048,576 bytes
      large += "\x0a\x84\x80\x40\x0a\x80\x80\x40" + std::string(1 << 20, 'a');
    says(reason(many), "more than 1048576 pieces");
    says(reason(large), "or 4194304 bytes of them");
  }

  TEST_CASE("a character map that makes a text a hundred times longer is not whole") {
    auto map = [](size_t length) {  // a trie of one block, in which every unit is a value
      std::string text("\0\4\0\0", 4);
      for (int i = 0; i < 256; ++i) text.append("\0\0\0\x80", 4);
      return text + std::string(length, 'x') + '\0';
    };
    CHECK(CharacterMap::is_whole(map(100)));
    CHECK(!CharacterMap::is_whole(map(101)));
  }
}

}  // namespace t5
