// The three task heads against transformers: fixtures made by tests/parity/make_head_fixtures.py.

#include "t5/model/heads.h"

#include <doctest/doctest.h>

#include <cstring>

#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "t5/model/predict.h"
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
std::vector<TokenPair> pairs_of(const Expected& expected, Head head) {
  std::vector<Ids> inputs = expected.rows("input_ids"), mask = expected.rows("attention_mask");
  bool spans = head == Head::kQuestionAnswering;
  std::vector<Ids> labels = expected.rows(spans ? "start_positions" : "labels");
  std::vector<TokenPair> pairs;
  for (size_t b = 0; b < inputs.size(); ++b) {
    auto length = std::count(mask[b].begin(), mask[b].end(), 1);
    TokenPair pair{Ids(inputs[b].begin(), inputs[b].begin() + length), labels[b]};
    if (head == Head::kTokenClassification) pair.target.resize(length);
    if (spans) pair.target.push_back(expected.rows("end_positions")[b][0]);
    pairs.push_back(pair);
  }
  return pairs;
}

// What forward gives for `batch`, from the padded logits of transformers.
Tensor expected_logits(const Expected& expected, const Batch& batch, Head head) {
  if (head == Head::kSequenceClassification) return expected.tensor("logits");
  bool spans = head == Head::kQuestionAnswering;
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

}  // namespace

TEST_SUITE("15-fine-tuning") {
  TEST_CASE("every head: logits, loss and gradients are those of transformers") {
    for (std::string name : kHeads) {
      INFO(name);
      Expected expected(name);
      auto model = load_model(directory(name));
      Head head = model->config().head;
      CHECK(head == parse_head(name));
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
    config.head = Head::kSequenceClassification;
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
    config.head = Head::kLanguageModel;
    auto again = load_model(folder / "classifier", {.config = config});
    for (const Parameter& p : before->parameters().all())
      CHECK(identical(p.var.value(), again->parameters().find(p.name)->value()));
  }

  TEST_CASE("predictions do not depend on the batch, and spans stay inside the context") {
    auto tokens = load_model(directory("token-classification"));
    std::vector<Ids> inputs = {{5, 7, 9, 11, 1}, {8, 1}, {30, 31, 32, 1}};
    auto together = label_probabilities(*tokens, inputs);
    for (size_t i = 0; i < inputs.size(); ++i)
      CHECK(gap(label_probabilities(*tokens, {inputs[i]})[0], together[i]) < kRounding);
    auto reader = load_model(directory("question-answering"));
    auto spans = answer_spans(*reader, {{5, 7, 9, 11, 13, 1}, {8, 9, 10, 1}}, {2, 1}, 2);
    for (size_t i = 0; i < 2; ++i) {
      CHECK(spans[i].begin >= (i == 0 ? 2 : 1));
      CHECK(spans[i].end <= (i == 0 ? 4 : 2));
      CHECK(spans[i].end - spans[i].begin < 2);
      CHECK(spans[i].probability > 0);
    }
    // Rows of another length beside it must not change a distribution over positions.
    auto alone = answer_spans(*reader, {{8, 9, 10, 1}}, {1}, 2);
    CHECK(alone[0].probability == doctest::Approx(spans[1].probability).epsilon(1e-4));
  }

  TEST_CASE("heads: what does not fit is named") {
    auto model = load_model(directory("sequence-classification"));
    CHECK(error_of([&] {
            model->forward(make_input_batch(std::vector<Ids>{{5, 6}}, model->config()));
          }).find("sequence 0 has no end token (id 1)") != std::string::npos);
    CHECK(error_of([&] {
            make_batch(std::vector<TokenPair>{{{5, 1}, {0, 1}}}, model->config());
          }) == "batch: an example has 2 labels for 2 tokens; sequence-classification needs 1");
    CHECK(error_of([&] {
            answer_spans(*model, {{5, 1}}, {0}, 3);
          }) == "answer: a model with head sequence-classification finds no answers");
  }
}
