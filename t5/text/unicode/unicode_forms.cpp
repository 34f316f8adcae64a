// Decomposition, the order of marks, composition; see unicode_forms.h.
#include "t5/text/unicode/unicode_forms.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "t5/text/unicode/unicode.h"
#include "t5/text/unicode/unicode_runs.h"

namespace t5 {
namespace {

// Korean syllables are computed (section 3.12 of the standard): L · 588 + V · 28 + T.
constexpr char32_t kSyllables = 0xac00, kL = 0x1100, kV = 0x1161, kT = 0x11a7;
constexpr char32_t kCountL = 19, kCountV = 21, kCountT = 28;

const UnicodeRuns& decompositions() {
  static const UnicodeRuns runs(kDecompositions);
  return runs;
}

char32_t combining_class(char32_t code) {
  static const UnicodeRuns runs(kCombiningClasses);
  const UnicodeRuns::Run* run = runs.find(code);
  return run == nullptr ? 0 : run->target[0];
}

void decompose(char32_t code, bool compatible, std::vector<char32_t>& out) {
  if (char32_t syllable = code - kSyllables; syllable < kCountL * kCountV * kCountT) {
    out.push_back(kL + syllable / (kCountV * kCountT));
    out.push_back(kV + syllable / kCountT % kCountV);
    if (syllable % kCountT > 0) out.push_back(kT + syllable % kCountT);
    return;
  }
  const UnicodeRuns::Run* run = decompositions().find(code);
  if (run == nullptr || (run->mark == '~' && !compatible)) {
    out.push_back(code);
    return;
  }
  decompose(run->first_target(code), compatible, out);
  for (size_t i = 1; i < run->target.size(); ++i) decompose(run->target[i], compatible, out);
}

// Marks after a letter stand in the order of their classes.
void order_marks(std::vector<char32_t>& text) {
  for (auto at = text.begin(); at != text.end();) {
    auto end = at;
    while (end != text.end() && combining_class(*end) > 0) ++end;
    std::stable_sort(
        at, end, [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
    at = end == text.end() ? end : end + 1;
  }
}

// The character that two make, 0 for none.
char32_t composed(char32_t a, char32_t b) {
  static const std::unordered_map<uint64_t, char32_t> pairs = [] {
    std::unordered_map<uint64_t, char32_t> table;
    for (const UnicodeRuns::Run& run : decompositions().runs())
      for (char32_t code = run.first; run.mark == '=' && code <= run.last; ++code)
        table[uint64_t{run.first_target(code)} << 32 | run.target[1]] = code;
    return table;
  }();
  if (a - kL < kCountL && b - kV < kCountV)
    return kSyllables + ((a - kL) * kCountV + (b - kV)) * kCountT;
  if (a - kSyllables < kCountL * kCountV * kCountT && (a - kSyllables) % kCountT == 0 && b > kT &&
      b < kT + kCountT)
    return a + (b - kT);
  auto found = pairs.find(uint64_t{a} << 32 | b);
  return found == pairs.end() ? 0 : found->second;
}

// A mark joins the last letter unless one of its own class or a higher one stands between them.
void compose(std::vector<char32_t>& text) {
  size_t size = 0, letter = text.size();  // of what is written; the last letter in it
  char32_t before = 0;                    // the class of what was written last after the letter
  for (char32_t code : std::vector<char32_t>(text)) {
    char32_t mark = combining_class(code);
    bool is_next = letter + 1 == size, is_free = is_next || (before < mark && before > 0);
    char32_t joined = letter < size && is_free ? composed(text[letter], code) : 0;
    if (joined != 0) {
      text[letter] = joined;
      continue;
    }
    if (mark == 0) letter = size;
    before = mark;
    text[size++] = code;
  }
  text.resize(size);
}

}  // namespace

std::string normal_form(std::string_view text, NormalForm form) {
  bool compatible = form == NormalForm::kNFKC || form == NormalForm::kNFKD;
  std::vector<char32_t> codes;
  while (!text.empty()) {
    Character next = first_character(text);
    decompose(next.code, compatible, codes);
    text.remove_prefix(next.length);
  }
  order_marks(codes);
  if (form == NormalForm::kNFC || form == NormalForm::kNFKC) compose(codes);
  std::string out;
  for (char32_t code : codes) append_utf8(code, out);
  return out;
}

}  // namespace t5
