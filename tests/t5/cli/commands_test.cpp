// The commands used as meant.

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "t5/files/json.h"
#include "t5/model/config.h"
#include "tests/t5/cli/workspace.h"

using namespace t5;
using t5::test::Run;
using t5::test::Workspace;

namespace {

int64_t count_lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_SUITE("16-generation") {
  TEST_CASE("generate: one line out per line in, in order, alone or together") {
    auto& w = Workspace::instance();
    Run all =
        w.shell("head -n 40 test.tsv | cut -f1 | $T5 generate --model model --max-new-tokens 9");
    REQUIRE(all.status == 0);
    CHECK(count_lines(all.out) == 40);
    Run alone = w.shell(
        "head -n 40 test.tsv | cut -f1 | $T5 generate --model model "
        "--max-new-tokens 9 --batch-size 1");
    CHECK(alone.out == all.out);
    Run json = w.shell("head -n 3 test.tsv | cut -f1 | $T5 generate --model model --json");
    std::istringstream lines(json.out);
    for (std::string line; std::getline(lines, line);)
      CHECK(parse_json(line, "line")["input"].get<std::string>().starts_with("translate"));
  }

  TEST_CASE("generate: an empty line, a very long line and ids are answered too") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "{ echo; yes word | head -n 1500 | tr '\\n' ' '; echo; } | "
        "$T5 generate --model model --max-new-tokens 3");
    CHECK(run.status == 0);
    CHECK(count_lines(run.out) == 2);
    Run ids = w.shell("echo '5 6 7 1' | $T5 generate --model model --ids --max-new-tokens 4");
    CHECK(ids.status == 0);
    CHECK(ids.out.find_first_not_of("0123456789 \n") == std::string::npos);
  }

  TEST_CASE("generate: options of transformers by name, a prefix, allowed outputs, bad words") {
    auto& w = Workspace::instance();
    auto generate = [&](const std::string& options) {
      return w.shell(
          "head -n 3 test.tsv | cut -f1 | $T5 generate --model model --max-new-tokens 6 " +
          options);
    };
    Run beams = generate("--num-beams 3 --num-return-sequences 2 --length-penalty 0.5 --scores");
    CHECK(beams.status == 0);
    CHECK(count_lines(beams.out) == 6);
    CHECK(beams.out.find('\t') != std::string::npos);
    Run drawn = generate("--do-sample --seed 5 --top-k 0");
    CHECK(drawn.out == generate("--do-sample --seed 5 --top-k 0 --batch-size 1").out);
    CHECK(drawn.out != generate("--do-sample --seed 6 --top-k 0").out);
    w.write("answers.txt", "Le chat dort.\nNous mangeons.\n");
    std::istringstream lines(generate("--allowed answers.txt --max-new-tokens 40").out);
    for (std::string line; std::getline(lines, line);)
      CHECK((line == "Le chat dort." || line == "Nous mangeons."));
    CHECK(generate("--prefix 'Le chat'").out.starts_with("\n") == false);
  }

  TEST_CASE(
      "generate: a task of config.json brings its prefix and options, generation_config.json its "
      "own") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("rm -rf tasks && cp -r model tasks").status == 0);
    Json config = parse_json(w.read("tasks/config.json"), "config");
    config["task_specific_params"] = {
        {"one_token", {{"prefix", "translate English to French: "}, {"max_length", 2}}}};
    w.write("tasks/config.json", config.dump());
    Run task = w.shell("echo 'The cat sleeps.' | $T5 generate --model tasks --task one_token");
    Run same = w.shell(
        "echo 'translate English to French: The cat sleeps.' | $T5 generate --model tasks "
        "--max-length 2");
    CHECK(task.status == 0);
    CHECK(task.out == same.out);
    Run unknown = w.shell("echo x | $T5 generate --model tasks --task summarise");
    CHECK(unknown.status == 1);
    CHECK(unknown.err.find("there is no task summarise; there are one_token") != std::string::npos);
    w.write("tasks/generation_config.json", R"({"max_length": 3, "num_beams": 2})");
    Run configured = w.shell("echo 'The cat sleeps.' | $T5 generate --model tasks --scores");
    Run spelled = w.shell(
        "echo 'The cat sleeps.' | $T5 generate --model model --scores --max-length 3 --num-beams "
        "2");
    CHECK(configured.out == spelled.out);
  }

  TEST_CASE("every command that copies a model keeps what its files say") {
    auto& w = Workspace::instance();
    REQUIRE(w.shell("rm -rf told* && cp -r model told && cut -f1 train.tsv > told.txt").status ==
            0);
    Json config = parse_json(w.read("told/config.json"), "config");
    config["team"] = {{"of", "three"}};
    const Json generation = {{"eos_token_id", {1, 5}}, {"num_beams", 3}, {"team", 7}};
    w.write("told/config.json", config.dump());
    w.write("told/generation_config.json", generation.dump());
    const std::string run = " --max-steps 1 --quiet --output ";
    for (const auto& [command, output] : std::map<std::string, std::string>{
             {"train --model told --train test.tsv" + run, "told-trained"},
             {"pretrain --model told --train told.txt" + run, "told-pretrained"},
             {"new --model told --output ", "told-new"},
             {"new --model told --head question-answering --output ", "told-reader"},
             {"convert --dtype bfloat16 --model told --output ", "told-converted"}}) {
      INFO(command);
      Run made = w.shell("$T5 " + command + output);
      INFO(made.err);
      REQUIRE(made.status == 0);
      CHECK(parse_json(w.read(output + "/config.json"), output)["team"] == config["team"]);
      CHECK(parse_json(w.read(output + "/generation_config.json"), output) == generation);
    }
  }

  TEST_CASE("evaluate measures what generate writes, by the settings that both say they use") {
    auto& w = Workspace::instance();
    REQUIRE(
        w.shell("rm -rf asked && cp -r model asked && head -n 12 test.tsv > asked.tsv").status ==
        0);
    for (const Json& generation : {Json{{"forced_bos_token_id", 20}, {"max_new_tokens", 6}},
                                   Json{{"num_beams", 3}, {"max_length", 5}},
                                   Json{{"do_sample", true}, {"max_new_tokens", 4}},
                                   Json{{"eos_token_id", -1}, {"max_new_tokens", 3}}}) {
      w.write("asked/generation_config.json", generation.dump());
      // Its own outputs are the references: every one is right, if both write the same.
      Run wrote = w.shell(
          "cut -f1 asked.tsv | $T5 generate --model asked --verbose > out.txt && "
          "cut -f1 asked.tsv | paste - out.txt > right.tsv && "
          "$T5 evaluate --model asked --data right.tsv --metrics exact_match --verbose");
      INFO(generation.dump());
      INFO(wrote.err);
      CHECK(wrote.out == "exact_match      1.000000\n");
      std::string half = wrote.err.substr(0, wrote.err.size() / 2);
      CHECK(wrote.err == half + half);
      CHECK(half.find("(asked/generation_config.json)\n") != std::string::npos);
    }
    Run other = w.shell(
        "$T5 evaluate --model asked --data right.tsv --metrics exact_match --max-new-tokens 1");
    CHECK(other.out == "exact_match      0.000000\n");
    CHECK(w.shell("$T5 evaluate --model asked --data right.tsv --num-beams 0").status == 2);
  }

  TEST_CASE("generate: an option out of its bounds is a usage error that names it") {
    auto& w = Workspace::instance();
    for (auto [options, part] :
         {std::pair{"--num-beams 0", "--num-beams: expected an integer"},
          {"--top-p 1.5", "--top-p: expected a number"},
          {"--early-stopping maybe", "--early-stopping: expected true, false"},
          {"--suppress-tokens 1,x", "--suppress-tokens: expected an array"}}) {
      Run run = w.shell(std::string("echo x | $T5 generate --model model ") + options);
      CHECK(run.status == 2);
      CHECK(run.err.find(part) != std::string::npos);
      CHECK(count_lines(run.err) == 1);
    }
  }
}

TEST_SUITE("program") {
  TEST_CASE(
      "score: log-probability, tokens and loss of each pair agree with each other and evaluate") {
    auto& w = Workspace::instance();
    Run scores =
        w.shell("head -n 20 test.tsv > few.tsv; $T5 score --model model --data few.tsv --json");
    REQUIRE(scores.status == 0);
    double total = 0, tokens = 0;
    std::istringstream lines(scores.out);
    for (std::string line; std::getline(lines, line);) {
      Json s = parse_json(line, "line");
      CHECK(s["loss"].get<double>() ==
            doctest::Approx(-s["log_probability"].get<double>() / s["tokens"].get<double>()));
      total += s["log_probability"].get<double>();
      tokens += s["tokens"].get<double>();
    }
    Json e =
        parse_json(w.shell("$T5 evaluate --model model --data few.tsv --json").out, "evaluate");
    CHECK(e["loss"].get<double>() == doctest::Approx(-total / tokens).epsilon(1e-5));
    CHECK(e["exact_match"].get<double>() == 0);  // random weights
    CHECK(e.size() == 3);
  }

  TEST_CASE("info, inspect, tokenizer and every --help answer on stdout with status 0") {
    auto& w = Workspace::instance();
    CHECK(w.shell("$T5 info").out.find("kernels") != std::string::npos);
    CHECK(parse_json(w.shell("$T5 inspect model --json").out, "inspect")["parameters"] > 100000);
    Run coded = w.shell(
        "echo 'The cat sleeps.' | $T5 tokenizer encode --model model | "
        "$T5 tokenizer decode --model tokenizer");
    CHECK(coded.out == "The cat sleeps.\n");
    for (std::string command : {"",
                                "info",
                                "new",
                                "train",
                                "generate",
                                "score",
                                "evaluate",
                                "metrics",
                                "embed",
                                "verify",
                                "diff",
                                "classify",
                                "answer",
                                "inspect",
                                "convert",
                                "tokenizer",
                                "tokenizer train",
                                "tokenizer encode",
                                "clean",
                                "pretrain"}) {
      INFO(command);
      Run help = w.shell("$T5 " + command + " --help");
      CHECK(help.status == 0);
      CHECK(help.out.find("Usage") != std::string::npos);
      CHECK(help.err == "");
    }
  }

  TEST_CASE("new --help names every preset, with its size") {
    std::string help = Workspace::instance().shell("$T5 new --help").out;
    for (const std::string& name : preset_names()) {
      INFO(name);
      CHECK(help.find(" " + name + " ") != std::string::npos);
    }
    // As published: Raffel et al. 2020, section 3.6; Xue et al. 2022, table 1, rounds to 300 M.
    CHECK(help.find("t5-small         60.5") != std::string::npos);
    CHECK(help.find("byt5-small      299.6") != std::string::npos);
    CHECK(help.find("Example: t5 new") != std::string::npos);
  }

  TEST_CASE("--help shows the default of a number, and none where the number stands for none") {
    std::istringstream lines(Workspace::instance().shell("$T5 train --help").out);
    std::map<std::string, std::string> help;  // the first line of each option
    for (std::string line, name; std::getline(lines, line);)
      if (std::istringstream(line) >> name && name.starts_with("--")) help[name] = line;
    auto shows = [&](const std::string& name, const std::string& value) {
      REQUIRE_MESSAGE(help.contains(name), name);
      const std::string& line = help[name];  // as one release of CLI11 has it, or another
      return line.ends_with("=" + value) || line.find("[" + value + "]") != std::string::npos;
    };
    CHECK(shows("--max-steps", "1000"));
    CHECK(shows("--learning-rate", "0.001"));
    CHECK(shows("--optim", "adafactor"));
    CHECK_FALSE(shows("--weight-decay", "-1"));
    CHECK_FALSE(shows("--dropout-rate", "-1"));
    CHECK(help["--tokens-per-batch"].find("=0") == std::string::npos);
    CHECK_FALSE(shows("--tokens-per-batch", "0"));
  }
}

TEST_SUITE("program") {
  TEST_CASE("convert: a converted model answers as the one it was made from") {
    auto& w = Workspace::instance();
    Run run = w.shell(
        "$T5 convert --model model --output whole && "
        "$T5 convert --model whole --output shards --max-shard-size 100KB --json");
    REQUIRE(run.status == 0);
    CHECK(run.out.starts_with("whole: float32 weights in 1 file\n{"));
    CHECK(w.exists("whole/model.safetensors"));
    CHECK(w.exists("shards/model.safetensors.index.json"));
    CHECK_FALSE(w.exists("shards/model.safetensors"));
    std::string asked = "head -n 5 test.tsv | cut -f1 | $T5 generate --max-new-tokens 9 --model ";
    std::string answer = w.shell(asked + "model").out;
    CHECK(count_lines(answer) == 5);
    CHECK(w.shell(asked + "whole").out == answer);
    CHECK(w.shell(asked + "shards").out == answer);
    CHECK(w.shell("ls whole shards | grep -c tmp").out == "0\n");
  }

  TEST_CASE("convert: fewer bits cost little, are said, and are read by every command") {
    auto& w = Workspace::instance();
    double before = Json::parse(w.shell("$T5 evaluate --model model --data test.tsv --json").out)
                        .at("loss")
                        .get<double>();
    struct Case {
      std::string dtype;
      double difference;  // of a rounded number, relative: at most 2^-9; (1/254) / a row's spread
    };
    for (const Case& c : {Case{"bfloat16", 0.002}, Case{"int8", 0.02}}) {
      CAPTURE(c.dtype);
      Run run = w.shell("$T5 convert --json --model model --data test.tsv --output " + c.dtype +
                        " --dtype " + c.dtype);
      REQUIRE(run.status == 0);
      Json report = Json::parse(run.out);
      CHECK(report["weight_difference"] > c.difference / 10);
      CHECK(report["weight_difference"] < c.difference);
      CHECK(report["loss_before"] == doctest::Approx(before));
      CHECK(report["loss"].get<double>() != report["loss_before"].get<double>());
      CHECK(report["loss"] == doctest::Approx(before).epsilon(0.02));
      CHECK(w.shell("echo x | $T5 generate --max-new-tokens 3 --model " + c.dtype).status == 0);
      CHECK(w.shell("echo x | $T5 embed --model " + c.dtype).status == 0);
      CHECK(w.shell("$T5 inspect " + c.dtype).status == 0);
      CHECK(w.shell("$T5 train --quiet --train train.tsv --max-steps 1 --output from-" + c.dtype +
                    " --model " + c.dtype)
                .status == 0);
    }
  }

  TEST_CASE("int8 values without their scales are refused") {
    auto& w = Workspace::instance();
    w.shell("$T5 convert --quiet --model model --output scaleless --dtype int8");
    std::string weights = w.read("scaleless/model.safetensors");
    weights.replace(weights.find("shared.weight_scale"), 19, "shared.weight_skale");
    w.write("scaleless/model.safetensors", weights);
    Run run = w.shell("echo x | $T5 generate --model scaleless");
    CHECK(run.status == 1);
    CHECK(run.err.find("there is no shared.weight_scale") != std::string::npos);
  }
}
