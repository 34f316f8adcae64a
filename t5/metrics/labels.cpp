#include "t5/metrics/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "t5/metrics/words.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kMostLabels = 5000;

double share(double part, double whole) { return whole == 0 ? 0 : part / whole; }

}  // namespace

int64_t Confusion::row(size_t label) const {
  int64_t sum = 0;
  for (size_t other = 0; other < labels.size(); ++other) sum += at(label, other);
  return sum;
}

int64_t Confusion::column(size_t label) const {
  int64_t sum = 0;
  for (size_t other = 0; other < labels.size(); ++other) sum += at(other, label);
  return sum;
}

int64_t Confusion::diagonal() const {
  int64_t sum = 0;
  for (size_t label = 0; label < labels.size(); ++label) sum += at(label, label);
  return sum;
}

int64_t Confusion::total() const {
  int64_t sum = 0;
  for (int64_t count : counts) sum += count;
  return sum;
}

Confusion confusion(const std::vector<std::string>& right,
                    const std::vector<std::string>& predicted) {
  require(right.size() == predicted.size() && !right.empty(),
          "confusion: {} predictions for {} labels", predicted.size(), right.size());
  std::map<std::string, size_t> number;
  for (const auto* labels : {&right, &predicted})
    for (const std::string& label : *labels) number.emplace(label, 0);
  Confusion c;
  for (auto& [label, place] : number) {
    place = c.labels.size();
    c.labels.push_back(label);
  }
  check(number.size() <= kMostLabels, "labels: {} different ones in {} examples; are they labels?",
        number.size(), right.size());
  c.counts.assign(number.size() * number.size(), 0);
  for (size_t i = 0; i < right.size(); ++i)
    ++c.counts[number[right[i]] * number.size() + number[predicted[i]]];
  return c;
}

double accuracy(const Confusion& c) {
  return share(static_cast<double>(c.diagonal()), static_cast<double>(c.total()));
}

ClassScores class_scores(const Confusion& c, size_t label) {
  auto hits = static_cast<double>(c.at(label, label));
  auto predicted = static_cast<double>(c.column(label)), right = static_cast<double>(c.row(label));
  return {share(hits, predicted), share(hits, right), share(2 * hits, predicted + right), right};
}

namespace {

template <class Weight>
ClassScores average(const Confusion& c, const Weight& weight) {
  ClassScores mean;
  double weights = 0;
  for (size_t label = 0; label < c.labels.size(); ++label) {
    ClassScores scores = class_scores(c, label);
    double w = weight(scores);
    mean.precision += w * scores.precision;
    mean.recall += w * scores.recall;
    mean.f1 += w * scores.f1;
    mean.support += scores.support;
    weights += w;
  }
  mean.precision /= weights, mean.recall /= weights, mean.f1 /= weights;
  return mean;
}

}  // namespace

ClassScores macro_average(const Confusion& c) {
  return average(c, [](const ClassScores&) { return 1.0; });
}

ClassScores weighted_average(const Confusion& c) {
  return average(c, [](const ClassScores& scores) { return scores.support; });
}

double micro_f1(const Confusion& c) { return accuracy(c); }

double matthews(const Confusion& c) {
  // exercise 17-evaluation/matthews — a correlation of labels, from sums of the table
  auto hits = static_cast<double>(c.diagonal()), all = static_cast<double>(c.total());
  double both = 0, right_squares = 0, predicted_squares = 0;
  for (size_t label = 0; label < c.labels.size(); ++label) {
    auto right = static_cast<double>(c.row(label)),
         predicted = static_cast<double>(c.column(label));
    both += right * predicted;
    right_squares += right * right;
    predicted_squares += predicted * predicted;
  }
  double spread = (all * all - right_squares) * (all * all - predicted_squares);
  return spread == 0 ? 0 : (hits * all - both) / std::sqrt(spread);
  // end exercise
}

namespace {

// `text` moved to the right end of `width` characters.
std::string right_aligned(const std::string& text, size_t width) {
  size_t length = characters_of(text).size();
  return std::string(width - std::min(width, length), ' ') + text;
}

size_t widest(const std::vector<std::string>& texts, size_t least) {
  for (const std::string& text : texts) least = std::max(least, characters_of(text).size());
  return least;
}

}  // namespace

std::string classification_report(const Confusion& c) {
  size_t width = widest(c.labels, std::string("weighted avg").size());
  std::string out = fmt::format("{:>{}}  {:>9} {:>9} {:>9} {:>9}\n\n", "", width, "precision",
                                "recall", "f1-score", "support");
  auto add = [&](const std::string& name, const ClassScores& s) {
    out += fmt::format("{}  {:9.2f} {:9.2f} {:9.2f} {:9.0f}\n", right_aligned(name, width),
                       s.precision, s.recall, s.f1, s.support);
  };
  for (size_t label = 0; label < c.labels.size(); ++label)
    add(c.labels[label], class_scores(c, label));
  out += fmt::format("\n{:>{}}  {:>9} {:>9} {:9.2f} {:9}\n", "accuracy", width, "", "", accuracy(c),
                     c.total());
  add("macro avg", macro_average(c));
  add("weighted avg", weighted_average(c));
  return out;
}

std::string confusion_text(const Confusion& c) {
  size_t cell = widest(c.labels, fmt::formatted_size("{}", c.total()));
  std::string out = right_aligned("right \\ predicted", cell);
  size_t names = characters_of(out).size();
  for (const std::string& label : c.labels) out += " " + right_aligned(label, cell);
  for (size_t right = 0; right < c.labels.size(); ++right) {
    out += "\n" + right_aligned(c.labels[right], names);
    for (size_t predicted = 0; predicted < c.labels.size(); ++predicted)
      out += " " + right_aligned(std::to_string(c.at(right, predicted)), cell);
  }
  return out + "\n";
}

HeatMap confusion_picture(const Confusion& c) {
  HeatMap map{"Confusion matrix", "predicted", "right", c.labels, c.labels, {}};
  for (size_t right = 0; right < c.labels.size(); ++right)
    for (size_t predicted = 0; predicted < c.labels.size(); ++predicted) {
      auto count = static_cast<double>(c.at(right, predicted));
      map.values.push_back(share(count, static_cast<double>(c.row(right))));
      map.texts.push_back(std::to_string(c.at(right, predicted)));
    }
  return map;
}

}  // namespace t5
