// Unicode's classes and forms, by examples of the standard.
#include <doctest/doctest.h>

#include <string>

#include "t5/text/unicode/unicode.h"
#include "t5/text/unicode/unicode_forms.h"

namespace t5 {

TEST_SUITE("files") {
  TEST_CASE("characters have the classes of Unicode") {
    for (char32_t letter :
         {U'a', U'Z', U'é', U'ß', U'今', U'한', U'_', U'5', U'٣', U'\u0301', U'Ⓐ'})
      CHECK(is_word(letter));
    for (char32_t other : {U' ', U'.', U'²', U'½', U'😊', U'$', U'\u00ad'}) CHECK(!is_word(other));
    for (char32_t number : {U'5', U'٣', U'½', U'²', U'Ⅷ', U'①'}) CHECK(is_numeric(number));
    for (char32_t other : {U'a', U'一', U'.'}) CHECK(!is_numeric(other));
    for (char32_t mark : {U'.', U'$', U'^', U'~', U'_', U'。', U'„', U'—', U'«'})
      CHECK(is_punctuation(mark));
    for (char32_t other : {U'€', U'a', U' ', U'×'}) CHECK(!is_punctuation(other));
    for (char32_t symbol : {U'$', U'€', U'+', U'×', U'^', U'😊', U'Ⓐ'}) CHECK(is_symbol(symbol));
    for (char32_t other : {U'.', U'a', U'5', U' ', U'_'}) CHECK(!is_symbol(other));
    for (char32_t space : {U' ', U'\t', U'\u0085', U'\u00a0', U'\u2028', U'\u3000'})
      CHECK(is_space(space));
    for (char32_t other : {U'\u200b', U'\ufeff', U'\x1f', U'▁'}) CHECK(!is_space(other));
  }

  TEST_CASE("a letter with its marks is one grapheme, and so is CR LF") {
    CHECK(grapheme_length("e\u0301\u0327x") == 5);
    CHECK(grapheme_length("\r\nx") == 2);
    CHECK(grapheme_length("\n\u0301") == 1);
    CHECK(grapheme_length("\xff\u0301") == 3);
    CHECK(space_length(" \u3000x ") == 4);
    CHECK(space_length_at_end(" x \u3000") == 4);
    CHECK(space_length_at_end("\u3000") == 3);
  }

  TEST_CASE("lower case is character by character, İ with its dot") {
    CHECK(lower_case("ÀÉ ǄΣÅ ẞ İ𐐀") == "àé ǆσå ß i\u0307𐐨");
  }

  TEST_CASE("normal forms: Å in four spellings, syllables, the order of marks, exclusions") {
    for (const char* text : {"Å", "A\u030a", "\u212b"}) {  // the last one is the Ångström sign
      CHECK(normal_form(text, NormalForm::kNFC) == "\u00c5");
      CHECK(normal_form(text, NormalForm::kNFD) == "A\u030a");
    }
    CHECK(normal_form("ﬁ①½Ａ", NormalForm::kNFC) == "ﬁ①½Ａ");
    CHECK(normal_form("ﬁ①½Ａ", NormalForm::kNFKC) == "fi11\u20442A");
    CHECK(normal_form("각", NormalForm::kNFD) == "\u1100\u1161\u11a8");
    CHECK(normal_form("\u1100\u1161\u11a8", NormalForm::kNFC) == "각");
    // The mark below has the lower class and comes first; the one above then joins the letter.
    CHECK(normal_form("a\u0301\u0323", NormalForm::kNFD) == "a\u0323\u0301");
    CHECK(normal_form("a\u0301\u0323", NormalForm::kNFC) == "\u1ea1\u0301");
    CHECK(normal_form("\u0958", NormalForm::kNFC) == "\u0915\u093c");  // never composed again
    CHECK(normal_form("a\u0300\u0300", NormalForm::kNFC) == "à\u0300");
    CHECK(normal_form("a\u0305\u0300", NormalForm::kNFC) == "a\u0305\u0300");  // blocked
    CHECK(normal_form("", NormalForm::kNFKC) == "");
  }
}

}  // namespace t5
