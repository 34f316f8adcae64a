// What a run is, as text, and how two differ.
#include "t5/train/run_settings.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "t5/train/fingerprint.h"
#include "t5/train/span_corruption.h"
#include "tests/support.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("program") {
  TEST_CASE("fingerprint: content, order and where a sequence ends count, and nothing else") {
    std::vector<Ids> data = {{5, 6, 7}, {}, {8, 9}};
    auto differs = [&](const std::vector<Ids>& other) {
      return fingerprint(other) != fingerprint(data);
    };
    CHECK_FALSE(differs({{5, 6, 7}, {}, {8, 9}}));
    CHECK(differs({{5, 6, 8}, {}, {8, 9}}));
    CHECK(differs({{8, 9}, {}, {5, 6, 7}}));
    CHECK(differs({{5, 6, 7}, {8, 9}}));
    CHECK(differs({{5, 6}, {7}, {8, 9}}));
    CHECK(differs({{5, 6, 7}, {}, {8, 9}, {}}));
    auto pairs = reversals(20, 1), swapped = pairs;
    std::swap(swapped[3].input, swapped[3].target);
    CHECK(fingerprint(pairs) != fingerprint(swapped));
    auto model = small_model(), other = small_model();
    CHECK(fingerprint(model->parameters()) == fingerprint(other->parameters()));
    Tensor& last = other->parameters().all().back().var.mutable_value();
    last.mutable_data()[last.size() - 1] *= 1.0000002f;
    CHECK(fingerprint(model->parameters()) != fingerprint(other->parameters()));
  }

  TEST_CASE("the settings of a run tell data, order, validation, start and threads apart") {
    auto model = small_model(), other = make_model(small_config(), 4);
    auto pairs = reversals(30, 1), turned = pairs, more = reversals(31, 1);
    std::reverse(turned.begin(), turned.end());
    std::string before = run_settings({}, *model, pairs, turned);
    auto change = [&](const std::string& now) { return settings_changes(before, now); };
    CHECK(change(run_settings({}, *small_model(), reversals(30, 1), turned)) == "");
    CHECK(change(run_settings({}, *model, turned, turned)).starts_with("train "));
    CHECK(change(run_settings({}, *model, pairs, pairs)).starts_with("validation "));
    CHECK(change(run_settings({}, *model, pairs, {})).ends_with(" → none"));
    CHECK(change(run_settings({}, *other, pairs, turned)).starts_with("start "));
    CHECK(change(run_settings({}, *model, more, turned)).starts_with("examples 30 → 31, train "));
    int threads = thread_count();
    set_thread_count(threads + 1);
    CHECK(change(run_settings({}, *model, pairs, turned)) ==
          fmt::format("threads {} → {}", threads, threads + 1));
    set_thread_count(0);
    auto text = [](const std::vector<Ids>& chunks) {
      return with_objective(chunks, prefix_language_model({}), 1, "objective=prefix-lm");
    };
    std::string pretraining = run_settings({}, *model, text({{5, 6}, {7}}), {});
    CHECK(settings_changes(pretraining, run_settings({}, *model, text({{5, 6}, {7}}), {})) == "");
    CHECK(settings_changes(pretraining, run_settings({}, *model, text({{7}, {5, 6}}), {}))
              .starts_with("train "));
  }

  TEST_CASE("changes: each setting in one line; of an older text no false ones") {
    std::string now = run_settings({.max_steps = 12}, *small_model(), reversals(5, 1), {});
    std::string old = settings_text({.max_steps = 8}, 5, "");  // before there were fingerprints
    CHECK(settings_changes(old, now) == "max_steps 8 → 12");
    CHECK(settings_changes(old, settings_text({.max_steps = 8, .seed = 7}, 6, "")) ==
          "examples 5 → 6, seed 42 → 7");
    CHECK(settings_changes(old, settings_text({.max_steps = 8, .tokens_per_batch = 99}, 5, "")) ==
          "tokens_per_batch none → 99");
    CHECK(settings_changes(settings_text({}, 5, "objective=x"),
                           settings_text({}, 5, "upside down")) ==
          "down none → yes, objective x → none, upside none → yes");
  }
}
