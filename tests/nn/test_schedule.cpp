// Learning-rate schedules.
#include "nn/schedule.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("06-optimisers") {
  TEST_CASE("schedule: warm-up from 0 to the peak, then down to 0 at the end") {
    for (Schedule::Kind kind :
         {Schedule::kConstant, Schedule::kLinear, Schedule::kCosine, Schedule::kInverseSqrt}) {
      Schedule schedule{kind, 0.5, 10, 100};
      CHECK(schedule.rate(0) == 0);
      CHECK(schedule.rate(5) == 0.25);
      CHECK(schedule.rate(10) == 0.5);
      for (int64_t step = 10; step < 100; ++step)
        CHECK(schedule.rate(step + 1) <= schedule.rate(step));
    }
    CHECK(Schedule{Schedule::kLinear, 1, 10, 100}.rate(55) == doctest::Approx(0.5));
    CHECK(Schedule{Schedule::kCosine, 1, 10, 100}.rate(55) == doctest::Approx(0.5));
    CHECK(Schedule{Schedule::kInverseSqrt, 1, 10, 0}.rate(1000) == doctest::Approx(0.1));
    CHECK(Schedule{Schedule::kConstant, 1, 10, 100}.rate(1000) == 1);
    for (auto kind : {Schedule::kLinear, Schedule::kCosine})
      for (int64_t step : {100, 101, 5000})
        CHECK(Schedule{kind, 1, 10, 100}.rate(step) == doctest::Approx(0));
  }

  TEST_CASE("schedule: no warm-up and no length divide nothing by zero") {
    for (Schedule::Kind kind :
         {Schedule::kConstant, Schedule::kLinear, Schedule::kCosine, Schedule::kInverseSqrt}) {
      Schedule schedule{kind, 1, 0, 0};
      CHECK(schedule.rate(0) == 1);
      for (int64_t step : {1, 10}) CHECK(std::isfinite(schedule.rate(step)));
    }
  }

  TEST_CASE("schedule: by name") {
    CHECK(parse_schedule("inverse_sqrt") == Schedule::kInverseSqrt);
    CHECK(parse_schedule("constant") == Schedule::kConstant);
    CHECK(parse_schedule("linear") == Schedule::kLinear);
    CHECK(parse_schedule("cosine") == Schedule::kCosine);
    CHECK(error_of([] { parse_schedule("step"); }) ==
          "schedule: 'step' is not one of constant, linear, cosine, inverse_sqrt");
  }
}
