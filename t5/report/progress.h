// How far long work has come, on stderr: one line redrawn in place on a terminal, plain lines in a
// pipe or a log file, nothing when quiet.
//
//   train  42% ━━━━━━━━━━━━───────────────   420/1000  loss 2.345  12.3k tokens/s  1:23 left
//
// Progress never throws and never touches stdout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace t5 {

// What one line says. What is absent is left out.
struct ProgressState {
  std::string label;
  int64_t step = 0;
  int64_t total = 0;  // steps; 0 when unknown, which leaves out percent and bar too
  std::optional<double> loss, tokens_per_second;
  std::optional<double> seconds_left, seconds_taken;
};

// The line for `state`. With `width` > 0, a bar fills it to exactly that many columns; a line with
// no room for one loses its last parts until it fits. With 0 there is no bar and no limit.
std::string progress_line(const ProgressState& state, int width);

std::string duration_text(double seconds);  // "0:07", "12:34", "1:02:03", "2d 03:04"
std::string count_text(double count);       // "999", "1.23k", "12.3k", "4.56M"

// Where Progress writes and what it asks the time. Tests put their own here.
struct ProgressOutput {
  enum class Kind { kSilent, kPlain, kBar };

  Kind kind = Kind::kSilent;
  std::function<void(std::string_view)> write;
  std::function<double()> now;  // seconds, never falling
  std::function<int()> width;   // columns of the terminal, asked at every redraw; kBar only

  // A bar when stderr is a terminal, otherwise plain lines; silent when `quiet`.
  static ProgressOutput standard_error(bool quiet);
};

// Reports on `total` steps of work, of which `first_step` were done before (a resumed run): speed
// and time left count from there. Destroyed before `finish`, by an exception say, it erases the
// bar, so that the error message starts on a clean line.
class Progress {
 public:
  static constexpr double kRedraw = 0.1;     // seconds between two drawings of the bar, at least
  static constexpr double kPlainLines = 10;  // seconds between two plain lines, at least

  Progress(std::string label, int64_t total, bool quiet = false, int64_t first_step = 0)
      : Progress(std::move(label), total, ProgressOutput::standard_error(quiet), first_step) {}
  Progress(std::string label, int64_t total, ProgressOutput output, int64_t first_step = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `step` steps are done. `tokens` were processed since the last update. Cheap enough for every
  // step: most calls draw nothing.
  void update(int64_t step, std::optional<double> loss = std::nullopt, int64_t tokens = 0);
  void log();                        // the line as it stands, at once
  void note(std::string_view text);  // a line of its own, which stays above the bar
  void finish();                     // leaves the last line standing; later calls do nothing

  // Over the last ten seconds or so; absent before the first tokens.
  std::optional<double> tokens_per_second() const;

 private:
  void draw();

  ProgressOutput output_;
  ProgressState state_;
  int64_t first_step_;
  double start_, last_update_, last_drawn_;
  double recent_tokens_ = 0, recent_seconds_ = 0;  // decaying sums
  bool bar_is_up_ = false;                         // on the terminal's current line
  bool is_stale_ = true;                           // the state changed since it was drawn
};

}  // namespace t5
