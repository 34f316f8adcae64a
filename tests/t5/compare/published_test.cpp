// Published answers: which model they belong to, and that a wrong one is seen.

#include "t5/compare/published.h"

#include <doctest/doctest.h>

#include "t5/model/directory.h"
#include "t5/train/evaluate.h"
#include "tests/support.h"
#include "tests/t5/cli/workspace.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;
using t5::testing::error_of;

namespace {

const std::string kAnswers = "tutorials/published.json";

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("published models are known by their shape, and have values") {
    for (std::string name : {"t5-small", "t5-v1_1-small", "mt5-small", "byt5-small"}) {
      PublishedAnswers answers = read_published(kAnswers, preset_config(name));
      CHECK(answers.model == name);
      CHECK(answers.values.front().tolerance > 0);
      CHECK(answers.values.size() == (name == "t5-small" ? 9 : 1));
    }
    for (auto width : {&Config::d_ff, &Config::num_layers, &Config::num_decoder_layers,
                       &Config::num_heads, &Config::vocab_size}) {
      Config other = preset_config("t5-small");
      ++(other.*width);
      CHECK(error_of([&] { read_published(kAnswers, other); }) != "no error");
    }
    CHECK(error_of([] { read_published(kAnswers, preset_config("t5-base")); })
              .ends_with("published.json: has no answers of a model of this shape, but of "
                         "byt5-small, mt5-small, t5-small, t5-v1_1-small"));
  }

  TEST_CASE("published answers: a damaged file is refused with the place") {
    TemporaryDirectory directory;
    auto refusal = [&](const std::string& text) {
      std::string path = directory.file("answers.json", text);
      return error_of([&] { read_published(path, preset_config("t5-small")); }).substr(path.size());
    };
    CHECK(refusal("{\"t5-small\": []}") == ": t5-small: expected an array of answers");
    CHECK(refusal("{\"t5-small\": [{\"input\": \"a\"}]}").starts_with(": t5-small: output: "));
    CHECK(refusal("{\"t5-small\": [{\"input\": \"a\", \"output\": \"b\", \"score\": -1}]}")
              .starts_with(": t5-small: tolerance: "));
    CHECK(refusal("[]").find("expected a JSON object") != std::string::npos);
    CHECK(refusal("{\"t5-huge\": []}") == ": t5-huge: is no model whose shape is known");
  }

  TEST_CASE("verify: a right score and a right text pass, wrong ones and errors do not") {
    auto& w = Workspace::instance();
    auto model = load_model(w.path("model"));
    auto tokenizer = load_tokenizer(w.path("model"));
    auto check_one = [&](const PublishedValue& value) { return verify(*model, *tokenizer, value); };
    TokenPair pair{tokenizer->encode("The cat"), tokenizer->encode("Le chat")};
    double score = score_pairs(*model, std::span(&pair, 1), 1)[0].log_probability;
    CHECK(check_one({"The cat", "Le chat", score + 5e-5, 1e-4, "", 0}).passed);
    CHECK_FALSE(check_one({"The cat", "Le chat", score + 2e-4, 1e-4, "", 0}).passed);
    std::string text = check_one({"The cat", "", 0, 0, "", 8}).found;
    CHECK(check_one({"The cat", text, 0, 0, "", 8}).passed);
    CHECK_FALSE(check_one({"The cat", text + " not", 0, 0, "", 8}).passed);
    Verification no_task = check_one({"The cat", "x", 0, 0, "translation_en_to_fr", 8});
    CHECK_FALSE(no_task.passed);
    CHECK(no_task.found.find("task_specific_params") != std::string::npos);
  }

  TEST_CASE("verify: another shape is refused in one line") {
    Run run = Workspace::instance().shell("$T5 verify model --answers '" +
                                          std::filesystem::absolute(kAnswers).string() + "'");
    CHECK(run.status == 1);
    CHECK(run.err.find("has no answers of a model of this shape") != std::string::npos);
  }

  TEST_CASE("make t5-small: fetches what is missing, goes on from a part, says when it cannot") {
    auto& w = Workspace::instance();
    std::string script = std::filesystem::absolute("tutorials/t5-small.sh").string();
    REQUIRE(w.shell("mkdir -p mirror there/t5-small && cp model/* mirror/ && ln -s \"$(command -v "
                    "$T5)\" there/t5"
                    " && head -c 1000 mirror/model.safetensors > "
                    "there/t5-small/model.safetensors.part")
                .status == 0);
    std::string fetch = "sh '" + script + "' there";
    Run away = w.shell("T5_SMALL_URL=file:///nowhere " + fetch);
    CHECK(away.status == 1);
    CHECK(std::count(away.err.begin(), away.err.end(), '\n') == 1);
    CHECK(away.err.find("is there a network?") != std::string::npos);
    Run run = w.shell("T5_SMALL_URL=\"file://$(pwd | sed 's/ /%20/g')/mirror\" " + fetch);
    CHECK(run.err.find("has no answers of a model of this shape") !=
          std::string::npos);  // ours is tiny
    CHECK(w.read("there/t5-small/model.safetensors") == w.read("model/model.safetensors"));
    CHECK_FALSE(w.exists("there/t5-small/model.safetensors.part"));
  }
}
