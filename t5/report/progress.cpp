// The line and its redrawing; see progress.h.
#include "t5/report/progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace t5 {
namespace {

constexpr int kShortestBar = 8;        // columns
constexpr double kRecent = 10;         // seconds over which the speed is averaged
constexpr char kErase[] = "\r\x1b[K";  // to the first column; clear to the end of the line

int columns(std::string_view text) {  // of UTF-8 without wide characters
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// The first `width` characters of `text`.
std::string cut(std::string_view text, int width) {
  size_t end = 0;
  for (; end < text.size(); ++end)
    if ((text[end] & 0xc0) != 0x80 && width-- == 0) break;
  return std::string(text.substr(0, end));
}

std::string bar(double fraction, int width) {
  int full = static_cast<int>(fraction * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < full ? "━" : "─";
  return text;
}

// What stands right of the bar, by falling importance.
std::vector<std::string> parts_of(const ProgressState& state) {
  std::vector<std::string> parts;
  std::string total = state.total > 0 ? fmt::format("{}", state.total) : "";
  parts.push_back(
      fmt::format("{:>{}}{}{}", state.step, total.size(), total.empty() ? "" : "/", total));
  if (state.loss) parts.push_back(fmt::format("loss {:#.4g}", *state.loss));
  if (state.tokens_per_second) parts.push_back(count_text(*state.tokens_per_second) + " tokens/s");
  if (state.seconds_left) parts.push_back(duration_text(*state.seconds_left) + " left");
  if (state.seconds_taken) parts.push_back("in " + duration_text(*state.seconds_taken));
  return parts;
}

}  // namespace

std::string duration_text(double seconds) {
  if (!(seconds < 1e15)) return "?";
  auto s = std::llround(std::max(seconds, 0.0));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}d {:02}:{:02}", s / 86400, s / 3600 % 24, s / 60 % 60);
}

std::string count_text(double count) {
  if (!(count >= 999.5)) return fmt::format("{:.0f}", count);
  const char* unit = "kMGT";
  for (count /= 1000; count >= 999.5 && unit[1] != 0; count /= 1000) ++unit;
  return fmt::format("{:.{}f}{}", count, count < 9.995 ? 2 : count < 99.95 ? 1 : 0, *unit);
}

std::string progress_line(const ProgressState& state, int width) {
  std::vector<std::string> parts = parts_of(state);
  std::string head = state.label;
  double fraction = 0;
  if (state.total > 0) {
    fraction = std::clamp(static_cast<double>(state.step) / state.total, 0.0, 1.0);
    head += fmt::format(" {:3}%", static_cast<int>(fraction * 100));
  }
  auto line = [&] { return fmt::format("{}  {}", head, fmt::join(parts, "  ")); };
  if (width <= 0) return line();
  int room = width - columns(line()) - 2;
  if (state.total > 0 && room >= kShortestBar) {
    head += "  " + bar(fraction, room);
    return line();
  }
  while (parts.size() > 1 && columns(line()) > width) parts.pop_back();
  return cut(line(), width);
}

ProgressOutput ProgressOutput::standard_error(bool quiet) {
  const char* terminal = std::getenv("TERM");
  bool moves_cursor = ::isatty(2) && terminal != nullptr && std::string_view(terminal) != "dumb";
  ProgressOutput output;
  output.kind = quiet ? Kind::kSilent : moves_cursor ? Kind::kBar : Kind::kPlain;
  output.write = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  output.now = [] {
    auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(time).count();
  };
  output.width = [] {
    winsize size{};
    return ::ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? int{size.ws_col} : 80;
  };
  return output;
}

Progress::Progress(std::string label, int64_t total, ProgressOutput output, int64_t first_step)
    : output_(std::move(output)), first_step_(first_step) {
  state_.label = std::move(label);
  state_.total = total;
  state_.step = first_step;
  start_ = last_update_ = last_drawn_ = output_.now();
  if (output_.kind == ProgressOutput::Kind::kBar) draw();
}

Progress::~Progress() {
  if (bar_is_up_) output_.write(kErase);
}

void Progress::update(int64_t step, std::optional<double> loss, int64_t tokens) {
  double now = output_.now(), passed = now - last_update_;
  double keep = std::exp(-passed / kRecent);
  recent_tokens_ = recent_tokens_ * keep + static_cast<double>(tokens);
  recent_seconds_ = recent_seconds_ * keep + passed;
  last_update_ = now;
  state_.step = step;
  if (loss) state_.loss = loss;
  state_.tokens_per_second = tokens_per_second();
  if (step > first_step_ && state_.total > 0)
    state_.seconds_left = (now - start_) / static_cast<double>(step - first_step_) *
                          static_cast<double>(std::max<int64_t>(state_.total - step, 0));
  is_stale_ = true;
  bool is_bar = output_.kind == ProgressOutput::Kind::kBar;
  if (now - last_drawn_ >= (is_bar ? kRedraw : kPlainLines)) draw();
}

std::optional<double> Progress::tokens_per_second() const {
  if (recent_tokens_ <= 0 || recent_seconds_ <= 0) return std::nullopt;
  return recent_tokens_ / recent_seconds_;
}

void Progress::draw() {
  if (output_.kind == ProgressOutput::Kind::kSilent) return;
  last_drawn_ = output_.now();
  is_stale_ = false;
  if (output_.kind == ProgressOutput::Kind::kPlain)
    return output_.write(progress_line(state_, 0) + "\n");
  // The last column stays free: a full line would make some terminals wrap.
  output_.write("\r" + progress_line(state_, std::max(output_.width() - 1, 1)) + "\x1b[K");
  bar_is_up_ = true;
}

void Progress::log() { draw(); }

void Progress::note(std::string_view text) {
  if (output_.kind == ProgressOutput::Kind::kSilent) return;
  output_.write(fmt::format("{}{}\n", bar_is_up_ ? kErase : "", text));
  if (bar_is_up_) draw();
}

void Progress::finish() {
  state_.seconds_left.reset();
  state_.seconds_taken = output_.now() - start_;
  if (bar_is_up_ || is_stale_) draw();
  if (bar_is_up_) output_.write("\n");
  bar_is_up_ = false;
  output_.kind = ProgressOutput::Kind::kSilent;
}

}  // namespace t5
