#include "t5/text/wordpiece.h"

#include <utility>

#include "t5/text/unicode/unicode.h"
#include "t5/text/unicode/unicode_forms.h"
#include "t5/text/unicode/unicode_runs.h"

namespace t5 {
namespace {

constexpr std::string_view kContinues = "##";
constexpr size_t kLongestWord = 100;  // characters; a longer one is unknown

char class_of(char32_t code) {
  static const UnicodeRuns runs(kBertCharacters);
  const UnicodeRuns::Run* run = runs.find(code);
  return run == nullptr ? ' ' : run->mark;
}

// Calls use(character, its class, its bytes) for each character.
template <class Use>
void for_each_character(std::string_view text, const Use& use) {
  while (!text.empty()) {
    Character next = first_character(text);
    use(next.code, class_of(next.code), text.substr(0, next.length));
    text.remove_prefix(next.length);
  }
}

std::string cleaned(std::string_view text, bool split_chinese) {
  std::string out;
  for_each_character(text, [&](char32_t code, char c, std::string_view bytes) {
    if (c == 'X') return;  // U+FFFD too, which stands for what is not UTF-8
    if (is_space(code))
      out += ' ';
    else if (c == 'W' && split_chinese)
      out.append(" ").append(bytes).append(" ");
    else
      out += bytes;
  });
  return out;
}

std::string without_accents(std::string_view text) {
  std::string out;
  for_each_character(normal_form(text, NormalForm::kNFD),
                     [&](char32_t, char c, std::string_view bytes) {
                       if (c != 'M') out += bytes;
                     });
  return out;
}

size_t character_count(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (c & 0xc0) != 0x80;
  return count;
}

}  // namespace

std::string BertNormalizer::operator()(std::string_view text) const {
  std::string out = cleaned(text, split_chinese);
  if (strip_accents) out = without_accents(out);
  return lower_case ? t5::lower_case(out) : out;
}

std::vector<std::string_view> bert_words(std::string_view text) {
  std::vector<std::string_view> words;
  size_t length = 0;  // of the word before `bytes`
  for_each_character(text, [&](char32_t code, char c, std::string_view bytes) {
    bool is_blank = is_space(code);
    if (!is_blank && c != 'P') {
      length += bytes.size();
      return;
    }
    if (length > 0) words.emplace_back(bytes.data() - length, length);
    if (!is_blank) words.push_back(bytes);
    length = 0;
  });
  if (length > 0) words.push_back(text.substr(text.size() - length));
  return words;
}

WordPiece::WordPiece(Pieces pieces, const std::string& unknown) : pieces_(std::move(pieces)) {
  std::vector<std::pair<std::string, int32_t>> all, later;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (!pieces_[i]) continue;
    const std::string& text = *pieces_[i];
    auto id = static_cast<int32_t>(i);
    ids_[text] = id;
    all.emplace_back(text, id);
    if (text.starts_with(kContinues)) later.emplace_back(text.substr(kContinues.size()), id);
  }
  first_ = Trie(std::move(all));
  later_ = Trie(std::move(later));
  unknown_ = id(unknown);
}

int32_t WordPiece::id(const std::string& piece) const {
  auto found = ids_.find(piece);
  return found == ids_.end() ? -1 : found->second;
}

void WordPiece::encode(std::string_view word, std::vector<int32_t>& ids) const {
  size_t size = ids.size();
  bool is_known = character_count(word) <= kLongestWord;
  for (std::string_view rest = word; is_known && !rest.empty();) {
    size_t longest = 0;
    int32_t piece = unknown_;
    const Trie& trie = rest.size() == word.size() ? first_ : later_;
    trie.for_each_prefix(rest, [&](size_t length, int32_t id) {
      longest = length;
      piece = id;
    });
    ids.push_back(piece);
    rest.remove_prefix(longest);
    is_known = longest > 0;
  }
  if (is_known) return;
  ids.resize(size);
  ids.push_back(unknown_);
}

void append_piece(std::string_view piece, bool is_first, std::string& text) {
  bool continues = !is_first && piece.starts_with(kContinues);
  if (continues) piece.remove_prefix(kContinues.size());
  std::string added = is_first || continues ? "" : " ";
  added += piece;
  constexpr std::pair<std::string_view, std::string_view> kReplaced[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (auto [from, to] : kReplaced)
    for (size_t at = 0; (at = added.find(from, at)) != added.npos; at += to.size())
      added.replace(at, from.size(), to);
  text += added;
}

}  // namespace t5
