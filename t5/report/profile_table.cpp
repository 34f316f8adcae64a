#include "t5/report/profile_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "tensor/parallel.h"
#include "tensor/tools/rates.h"

namespace t5 {
namespace {

std::string line_name(const Profile::Key& key) {
  const char* pass = key.pass == Pass::kForward    ? ", forward"
                     : key.pass == Pass::kBackward ? ", backward"
                                                   : "";
  return key.op + pass;
}

ProfileLine line_of(const Profile::Key& key, const Profile::Row& row, const Profile& profile,
                    const MachineRates& rates) {
  double operations = 2 * row.multiply_adds;
  double bound = std::max(operations / rates.products, row.bytes / rates.memory);
  auto steps = static_cast<double>(profile.steps());
  return {.name = line_name(key),
          .calls = row.calls / profile.steps(),
          .seconds = row.seconds / steps,
          .share = row.seconds / profile.seconds(),
          .operation_rate = operations / row.seconds,
          .byte_rate = operations > 0 ? 0 : row.bytes / row.seconds,
          .ratio = bound > 0 ? row.seconds / bound : 0};
}

std::string rate_text(const ProfileLine& line) {
  if (line.operation_rate > 0) return fmt::format("{:.1f} GFLOP/s", line.operation_rate / 1e9);
  return line.byte_rate > 0 ? fmt::format("{:.1f} GB/s", line.byte_rate / 1e9) : "";
}

}  // namespace

MachineRates measured_rates() { return {product_rate(), bandwidth()}; }

std::vector<ProfileLine> profile_lines(const Profile& profile, const MachineRates& rates) {
  std::vector<ProfileLine> lines;
  double named = 0;
  for (const auto& [key, row] : profile.rows()) {
    lines.push_back(line_of(key, row, profile, rates));
    named += row.seconds;
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](auto& a, auto& b) { return a.seconds > b.seconds; });
  double other = profile.seconds() - named;
  lines.push_back({.name = "other",
                   .calls = 0,
                   .seconds = other / static_cast<double>(profile.steps()),
                   .share = other / profile.seconds(),
                   .operation_rate = 0,
                   .byte_rate = 0,
                   .ratio = 0});
  return lines;
}

std::string profile_table(const Profile& profile, const MachineRates& rates) {
  std::string table = fmt::format(
      "A step's time: mean of {} steps on {} thread{}. Bound: products at {:.0f} GFLOP/s, or every "
      "operand moved once at {:.1f} GB/s.\n{:<28}{:>7}{:>12}{:>9}{:>16}{:>9}\n",
      profile.steps(), thread_count(), thread_count() == 1 ? "" : "s", rates.products / 1e9,
      rates.memory / 1e9, "", "calls", "ms", "share", "rate", "x bound");
  for (const ProfileLine& line : profile_lines(profile, rates))
    table += fmt::format("{:<28}{:>7}{:>12.3f}{:>7.1f} %{:>16}{:>9}\n", line.name,
                         line.calls > 0 ? std::to_string(line.calls) : "", 1e3 * line.seconds,
                         100 * line.share, rate_text(line),
                         line.ratio > 0 ? fmt::format("{:.2f}", line.ratio) : "");
  return table + fmt::format("{:<28}{:>7}{:>12.3f}{:>7.1f} %\n", "a step", "",
                             1e3 * profile.seconds() / static_cast<double>(profile.steps()), 100.0);
}

}  // namespace t5
