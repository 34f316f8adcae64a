// t5 embed and t5 diff as a user types them.

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "t5/files/json.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

std::vector<double> numbers(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<double>(stream), {}};
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("embed: a vector per line, the same alone and together, per token on request") {
    auto& w = Workspace::instance();
    Run all = w.shell("head -n 30 test.tsv | cut -f1 | $T5 embed --model model");
    REQUIRE(all.status == 0);
    Run alone = w.shell("head -n 30 test.tsv | cut -f1 | $T5 embed --model model --batch-size 1");
    // A product of more rows may be summed in another order.
    std::vector<double> a = numbers(alone.out), b = numbers(all.out);
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-5);
    CHECK(std::count(all.out.begin(), all.out.end(), '\n') == 30);
    Run tokens = w.shell("echo '5 6 1' | $T5 embed --model model --ids --pooling none");
    CHECK(std::count(tokens.out.begin(), tokens.out.end(), '\n') == 4);  // a blank line ends it
    Json json = parse_json(
        w.shell("echo '5 6 1' | $T5 embed --model model --ids --pooling none --json").out, "embed");
    CHECK(json["embeddings"].size() == 3);
    Run bad = w.shell("echo '5 x' | $T5 embed --model model --ids");
    CHECK(bad.status == 1);
    CHECK(bad.err.starts_with("t5: standard input:1: 'x' is not an id"));
  }
}

TEST_SUITE("program") {
  TEST_CASE("diff: status 0 and 1, a table, the script") {
    auto& w = Workspace::instance();
    std::string fixture = std::filesystem::absolute("tests/fixtures/models/t5").string();
    std::string states = " --states '" + fixture + "/expected.safetensors'";
    Run same = w.shell("$T5 diff --model '" + fixture + "'" + states);
    CHECK(same.status == 0);
    CHECK(same.out.find("no difference above 0.0001") != std::string::npos);
    REQUIRE(w.shell("mkdir other && cp '" + fixture + "'/*.json '" + fixture +
                    "/model.safetensors' other && sed 's/\"decoder_start_token_id\": 0/"
                    "\"decoder_start_token_id\": 3/' '" +
                    fixture + "/config.json' > other/config.json")
                .status == 0);
    Run other = w.shell("$T5 diff --model other" + states);
    CHECK(other.status == 1);
    CHECK(other.err == "");
    CHECK(other.out.find("<- the first that differs") != std::string::npos);
    Json json = parse_json(w.shell("$T5 diff --json --model other" + states).out, "diff");
    CHECK(json["first"] == "decoder.block.0.output");
    CHECK(w.shell("$T5 diff --script").out.find("save_file") != std::string::npos);
    CHECK(w.shell("$T5 diff --model other").status == 2);
  }
}
