// The three task heads against transformers: fixtures made by tests/parity/make_head_fixtures.py.

#include <doctest/doctest.h>

#include <cstring>

#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "t5/model/task_text.h"
#include "t5/train/evaluate.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

const char* const kHeads[] = {"sequence-classification", "token-classification",
                              "question-answering"};

std::string directory(const std::string& head) { return "tests/fixtures/heads/" + head; }

struct Expected {
  SafetensorsFile file;

  explicit Expected(const std::string& head)
      : file(SafetensorsFile::open(directory(head) + "/expected.safetensors")) {}

  Tensor tensor(const std::string& name) const {
    const TensorEntry* e = file.find(name);
    REQUIRE_MESSAGE(e != nullptr, name);
    Tensor values{Shape(e->shape)};
    read_values(e->dtype, e->data, values.size(), values.mutable_data());
    return values;
  }
  std::vector<Ids> rows(const std::string& name) const {
    const TensorEntry* e = file.find(name);
    REQUIRE_MESSAGE(e != nullptr, name);
    std::vector<Ids> rows(e->shape[0]);
    for (int64_t k = 0; k < e->count(); ++k) {
      int64_t value;
      std::memcpy(&value, e->data + k * 8, 8);
      rows[k / (e->count() / e->shape[0])].push_back(static_cast<Id>(value));
    }
    return rows;
  }
};

// The fixture's batch without padding.
std::vector<TokenPair> pairs_of(const Expected& expected, const TaskHead* head) {
  std::vector<Ids> inputs = expected.rows("input_ids"), mask = expected.rows("attention_mask");
  bool spans = head == &task_head("question-answering");
  std::vector<Ids> labels = expected.rows(spans ? "start_positions" : "labels");
  std::vector<TokenPair> pairs;
  for (size_t b = 0; b < inputs.size(); ++b) {
    auto length = std::count(mask[b].begin(), mask[b].end(), 1);
    TokenPair pair{Ids(inputs[b].begin(), inputs[b].begin() + length), labels[b]};
    if (head == &task_head("token-classification")) pair.target.resize(length);
    if (spans) pair.target.push_back(expected.rows("end_positions")[b][0]);
    pairs.push_back(pair);
  }
  return pairs;
}

// What forward gives for `batch`, from the padded logits of transformers.
Tensor expected_logits(const Expected& expected, const Batch& batch, const TaskHead* head) {
  if (head == &task_head("sequence-classification")) return expected.tensor("logits");
  bool spans = head == &task_head("question-answering");
  Tensor a = expected.tensor(spans ? "start_logits" : "logits");
  std::vector<real> values;
  auto append = [&](const Tensor& t) {
    for (real v : t.to_vector()) values.push_back(v);
  };
  for (int64_t b = 0; b < batch.sources.count(); ++b) {
    append(a.select(0, b).slice(0, 0, batch.sources.length(b)));
    if (spans) append(expected.tensor("end_logits").select(0, b));
  }
  int64_t width = spans ? batch.sources.longest() : a.dim(2);
  return Tensor::from({static_cast<int64_t>(values.size()) / width, width}, values);
}

// A model with this head, of random weights, that reads bytes.
TextModel reads_bytes(const std::string& head) {
  Config config = preset_config("tiny");
  config.vocab_size = 259;
  config.head = &task_head(head);
  if (config.head->has_labels) config.labels = {"a", "b", "c"};
  return {make_model(config, 7), make_byte_tokenizer(0)};
}

}  // namespace

TEST_SUITE("heads") {
  TEST_CASE("every head: logits, loss and gradients are those of transformers") {
    for (std::string name : kHeads) {
      INFO(name);
      Expected expected(name);
      auto model = load_model(directory(name));
      const TaskHead* head = model->config().head;
      CHECK(head == &task_head(name));
      std::vector<TokenPair> pairs = pairs_of(expected, head);
      Batch batch = make_batch(pairs, model->config());
      CHECK(gap(model->forward(batch).value(), expected_logits(expected, batch, head)) < kFixture);
      Var loss = model->loss(batch);
      CHECK(std::abs(loss.item() - expected.tensor("loss").item()) < kFixture);
      loss.backward();
      for (const Parameter& p : model->parameters().all()) {
        INFO(p.name);
        CHECK(gap(p.var.grad(), expected.tensor("grad." + p.name)) < kSums);
      }
      CHECK(evaluate(*model, pairs, 2).loss ==
            doctest::Approx(expected.tensor("loss").item()).epsilon(1e-4));
    }
  }

  TEST_CASE("every head: what is saved loads again, with its labels") {
    for (std::string name : kHeads) {
      INFO(name);
      TemporaryDirectory folder;
      auto model = load_model(directory(name));
      save_model(*model, folder / "copy");
      auto copy = load_model(folder / "copy");
      CHECK(copy->config().labels == model->config().labels);
      CHECK(copy->config().head == model->config().head);
      Batch batch = make_input_batch(std::vector<Ids>{{5, 7, 1}, {9, 1}}, model->config());
      CHECK(identical(copy->forward(batch).value(), model->forward(batch).value()));
    }
  }

  TEST_CASE("a new head on trained stacks: the stacks are kept, whatever the old head") {
    Config config = load_config("tests/fixtures/models/t5");
    auto before = load_model("tests/fixtures/models/t5");
    config.head = &task_head("sequence-classification");
    config.labels = {"a", "b"};
    auto model = load_model("tests/fixtures/models/t5", {.config = config, .seed = 3});
    const Var* q =
        model->parameters().find("transformer.decoder.block.1.layer.1.EncDecAttention.q.weight");
    REQUIRE(q != nullptr);
    CHECK(identical(
        q->value(),
        before->parameters().find("decoder.block.1.layer.1.EncDecAttention.q.weight")->value()));
    TemporaryDirectory folder;
    save_model(*model, folder / "classifier");
    config.head = &task_head("language-model");
    auto again = load_model(folder / "classifier", {.config = config});
    for (const Parameter& p : before->parameters().all())
      CHECK(identical(p.var.value(), again->parameters().find(p.name)->value()));
  }

  // Models of random weights that read bytes: what they answer is arbitrary, but always the same.
  TEST_CASE("answers do not depend on the batch, and those from a context stand in it") {
    std::vector<std::string> lines = {"question: who? context: a cat and a dog",
                                      "question: x context: y",
                                      "question: where is it? context: in the house, I think"};
    std::vector<std::string> places = {"1", "2", "3"};
    for (std::string name : kHeads) {
      CAPTURE(name);
      TextModel model = reads_bytes(name);
      const TaskHead& head = task_head(name);
      auto together = head.answer(model, lines, places, 6);
      REQUIRE(together.size() == 3);
      for (size_t i = 0; i < 3; ++i) {
        TaskAnswer alone = head.answer(model, {lines[i]}, {places[i]}, 6)[0];
        CHECK(alone.text == together[i].text);
        CHECK(alone.probability.value_or(0) ==
              doctest::Approx(together[i].probability.value_or(0)).epsilon(1e-4));
        if (name != "question-answering") continue;
        CHECK(*alone.probability > 0);
        CHECK(std::ssize(alone.text) <= 6);
        size_t context = lines[i].find("context:");
        CHECK(lines[i].find(alone.text, context + 8) != std::string::npos);
        // The likeliest of all spans, found here by training labels and their loss: no other is
        // less surprising.
        TokenPair pair = head.encode({lines[i], alone.text}, *model.tokenizer, model.config());
        pair.target = {static_cast<Id>(alone.tokens[0]), static_cast<Id>(alone.tokens[1])};
        double loss = evaluate(*model.model, std::span(&pair, 1), 1).loss;
        CHECK(std::exp(-2 * loss) == doctest::Approx(*alone.probability).epsilon(1e-3));
      }
    }
  }

  TEST_CASE("answers: a label is the likeliest, words have one each, and examples come back") {
    TextModel labels = reads_bytes("sequence-classification"),
              words = reads_bytes("token-classification");
    TaskAnswer one = labels.config().head->answer(labels, {"a fine day"}, {"1"}, 0)[0];
    REQUIRE(one.labels.size() == 3);
    double sum = 0;
    for (const auto& [label, probability] : one.labels) {
      sum += probability;
      CHECK(probability <= *one.probability);
      if (label == one.text) CHECK(probability == *one.probability);
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-5));
    TaskAnswer many = words.config().head->answer(words, {" two  words "}, {"1"}, 0)[0];
    REQUIRE(many.words.size() == 2);
    CHECK(many.words[1].word == "words");
    CHECK(many.text == many.words[0].label + " " + many.words[1].label);
    // Trained on its own answers, the model is right about every label that counts.
    TokenPair pair =
        words.config().head->encode({"two words", many.text}, *words.tokenizer, words.config());
    CHECK(evaluate(*words.model, std::span(&pair, 1), 1).token_accuracy == 1);
  }

  TEST_CASE("heads: what does not fit is named") {
    auto model = load_model(directory("sequence-classification"));
    CHECK(error_of([&] {
            model->forward(make_input_batch(std::vector<Ids>{{5, 6}}, model->config()));
          }).find("sequence 0 has no end token (id 1)") != std::string::npos);
    CHECK(error_of([&] {
            make_batch(std::vector<TokenPair>{{{5, 1}, {0, 1}}}, model->config());
          }) == "batch: an example has 2 labels for 2 tokens; sequence-classification needs 1");
  }
}
