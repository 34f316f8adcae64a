// Added tokens in a text, flag by flag.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "t5/text/added_tokens.h"
#include "t5/text/unicode/unicode.h"

namespace t5 {
namespace {

// The parts of a text, tokens in brackets, after a search among the given ones.
std::string parts(const std::vector<AddedToken>& tokens, std::string_view text,
                  bool normalized = false) {
  AddedTokens added(tokens, [](std::string_view token) { return lower_case(token); });
  std::string out;
  for (const AddedTokens::Part& part : added.split(text, normalized))
    out += (part.token ? "[" : "(") + std::string(part.text) + (part.token ? "]" : ")");
  return out;
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("the longest added token at the first place wins, wherever it stands") {
    std::vector<AddedToken> tokens = {
        {.text = "<a>", .id = 1}, {.text = "<a><b>", .id = 2}, {.text = "b", .id = 3}};
    CHECK(parts(tokens, "x<a>y") == "(x)[<a>](y)");
    CHECK(parts(tokens, "<a><b><a>b") == "[<a><b>][<a>][b]");
    CHECK(parts(tokens, "<a <") == "(<a <)");
    CHECK(parts(tokens, "") == "");
    CHECK(parts({}, "text") == "(text)");
  }

  TEST_CASE("lstrip and rstrip take white space of every kind, but none that is taken already") {
    AddedToken left{.text = "L", .id = 1, .lstrip = true},
        right{.text = "R", .id = 2, .rstrip = true};
    CHECK(parts({left, right}, "a \t\u00a0L b") == "(a)[L]( b)");
    CHECK(parts({left, right}, "a R\u3000 b") == "(a )[R](b)");
    CHECK(parts({left, right}, "R  L") == "[R][L]");
    CHECK(parts({left, right}, "  L") == "[L]");
  }

  TEST_CASE("a single word is not found beside letters, marks, digits or a low line") {
    AddedToken word{.text = "cat", .id = 1, .single_word = true};
    CHECK(parts({word}, "cat (cat), cat") == "[cat]( ()[cat](), )[cat]");
    for (const char* text : {"cats", "concat", "cat1", "_cat", "cat\u0301"}) {
      CAPTURE(text);
      CHECK(parts({word}, std::string("x") + text) == "(x" + std::string(text) + ")");
    }
    CHECK(parts({word}, "猫cat") == "(猫cat)");
    CHECK(parts({word}, "😊cat") == "(😊)[cat]");
  }

  TEST_CASE("a token with the flag normalized is found in normalised text, in its normal form") {
    AddedToken token{.text = "Cat", .id = 1, .normalized = true};
    CHECK(parts({token}, "a Cat") == "(a Cat)");
    CHECK(parts({token}, "a cat", true) == "(a )[cat]");
    CHECK(parts({{.text = "cat", .id = 1}}, "a cat", true) == "(a cat)");
  }
}

}  // namespace t5
