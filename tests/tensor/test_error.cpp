// What input causes and what is a mistake in the code are told apart by type.
#include "autograd/fused/fused.h"
#include "nn/schedule.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Whether `action` throws a ContractError; it must throw an Error.
template <class Action>
bool is_ours(const Action& action) {
  try {
    action();
  } catch (const ContractError&) {
    return true;
  } catch (const Error&) {
    return false;
  }
  FAIL("nothing was thrown");
  return false;
}

}  // namespace

TEST_SUITE("errors") {
  TEST_CASE("shapes that do not fit and ops on nothing are mistakes in the code") {
    Var x(counting({2, 3}), true);
    CHECK(is_ours([&] { linear(x, Var(counting({4, 4}), true)); }));
    CHECK(is_ours([&] { x.value().reshape({7}); }));
    CHECK(is_ours([&] { x.value().at({2, 0}); }));
    CHECK(is_ours([&] { x.backward(); }));
    CHECK(is_ours([&] { Var().value(); }));
  }

  TEST_CASE("a token that no vocabulary has and a name that does not exist come from input") {
    CHECK_FALSE(is_ours([] { cross_entropy(Var(counting({1, 3}), true), {3}); }));
    CHECK_FALSE(is_ours([] { parse_schedule("sideways"); }));
  }
}
