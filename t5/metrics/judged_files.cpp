#include "t5/metrics/judged_files.h"

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {

Judged read_judged(const std::string& predictions, const std::vector<std::string>& references) {
  Judged judged{read_lines(predictions), {}};
  check(!judged.predictions.empty(), "{}: has no lines; expected one text a line", predictions);
  judged.references.resize(judged.predictions.size());
  for (const std::string& file : references) {
    std::vector<std::string> lines = read_lines(file);
    check(lines.size() == judged.predictions.size(),
          "{}: {} lines, where {} has {}; expected one text a line, in the same order", file,
          lines.size(), predictions, judged.predictions.size());
    for (size_t i = 0; i < lines.size(); ++i) judged.references[i].push_back(std::move(lines[i]));
  }
  return judged;
}

Judged joined(const Judged& first, const Judged& second) {
  check(first.predictions.size() == second.predictions.size(),
        "metrics: {} outputs of one system and {} of the other", first.predictions.size(),
        second.predictions.size());
  Judged both = first;
  both.predictions.insert(both.predictions.end(), second.predictions.begin(),
                          second.predictions.end());
  both.references.insert(both.references.end(), second.references.begin(), second.references.end());
  return both;
}

}  // namespace t5
