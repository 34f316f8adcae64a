// Many tasks in twenty lines: declare two, mix them, train, measure.
// Usage: tasks_example MODEL_DIR WORDS.tsv, whose lines are an English and a French word

#include <fmt/core.h>

#include "t5/tasks/mixture.h"
#include "t5/tasks/tokenized.h"
#include "t5/train/trainer.h"

int main(int argc, char** argv) try {
  t5::check(argc == 3, "usage: tasks_example MODEL_DIR WORDS.tsv");
  t5::TextModel model = t5::load_text_model(argv[1], {.use = t5::Use::kTraining});

  t5::Task there{.name = "there", .splits = {{"train", argv[2]}}, .columns = {false, {"en", "fr"}}};
  t5::Task back = there;
  back.name = "back";
  there.inputs = t5::TextTemplate("translate English to French: {en}");
  there.targets = t5::TextTemplate("{fr}");
  back.inputs = t5::TextTemplate("translate French to English: {fr}");
  back.targets = t5::TextTemplate("{en}");

  t5::Mixture both{.tasks = {{there, /*rate=*/2}, {back, 1}}, .mixing = "by-hand"};
  t5::train(*model.model, t5::mixed_set(both, model, /*seed=*/1), {},
            {.max_steps = 200, .learning_rate = 0.05, .dropout_rate = 0});
  for (const t5::Task& task : {there, back}) {
    t5::TaskScores result =
        t5::measure_task(model, task, task.examples("train"), t5::request_of(task, model), 64);
    fmt::print("{}: {} {:.2f}\n", task.name, result.scores[0].first, result.scores[0].second);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
