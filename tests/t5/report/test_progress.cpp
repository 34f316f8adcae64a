// Progress lines and when they are drawn, on a clock and a terminal of the test's own.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "t5/report/progress.h"
#include "t5/text/lines.h"

namespace t5 {
namespace {

using Kind = ProgressOutput::Kind;

// A terminal that keeps what was written, and a clock that moves when told.
struct Screen {
  std::vector<std::string> writes;
  double time = 1000;
  int width = 80;

  ProgressOutput output(Kind kind) {
    return {kind, [this](std::string_view text) { writes.emplace_back(text); },
            [this] { return time; }, [this] { return width; }};
  }
  // What a terminal shows: lines, with \r and "clear to the end" carried out.
  std::string shown() const {
    std::string all, line;
    for (const std::string& text : writes)
      for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n')
          all += line + "\n", line.clear();
        else if (text[i] == '\r')
          line.clear();  // every redraw ends by clearing the rest
        else if (text.compare(i, 3, "\x1b[K") == 0)
          i += 2;
        else
          line += text[i];
      }
    return all + line;
  }
};

int columns(const std::string& text) {
  int count = 0;
  for (size_t at = 0; at < text.size(); at += utf8_length(text, at)) ++count;
  return count;
}

ProgressState training() {
  ProgressState state;
  state.label = "train";
  state.step = 420, state.total = 1000;
  state.loss = 2.34, state.tokens_per_second = 12345, state.seconds_left = 83;
  return state;
}

TEST_SUITE("14-training") {
  TEST_CASE("progress_line: label, percent, steps, loss, speed and time left") {
    CHECK(progress_line(training(), 0) ==
          "train  42%   420/1000  loss 2.340  12.3k tokens/s  1:23 left");
    ProgressState bare;
    bare.label = "read";
    bare.step = 7;
    CHECK(progress_line(bare, 0) == "read  7");
    CHECK(progress_line(bare, 60) == "read  7");
  }

  TEST_CASE("progress_line: the bar fills the width and its filled part is the share done") {
    ProgressState half;
    half.label = "x";
    half.step = 5, half.total = 10;
    CHECK(progress_line(half, 28) == "x  50%  ━━━━━━───────   5/10");
    half.step = 0;
    CHECK(progress_line(half, 28) == "x   0%  ─────────────   0/10");
    half.step = 12;  // beyond the end
    CHECK(progress_line(half, 28) == "x 100%  ━━━━━━━━━━━━━  12/10");
  }

  TEST_CASE("progress_line: no line is wider than the terminal, whatever its width") {
    ProgressState state = training();
    state.label = "entraînement";
    for (int width = 1; width <= 200; ++width) {
      CAPTURE(width);
      std::string line = progress_line(state, width);
      CHECK(columns(line) <= width);
      CHECK(find_invalid_utf8(line) == std::string::npos);
      if (width >= 80) CHECK(columns(line) == width);
    }
    CHECK(progress_line(training(), 40) == "train  42%   420/1000  loss 2.340");
  }

  TEST_CASE("progress_line: 100% means done, a diverged loss shows") {
    ProgressState state = training();
    state.step = 999;
    state.loss = NAN;
    std::string line = progress_line(state, 0);
    CHECK(line.find("train  99%") == 0);
    CHECK(line.find("loss nan") != std::string::npos);
  }

  TEST_CASE("duration_text, count_text: short at every size") {
    CHECK(duration_text(6.6) == "0:07");
    CHECK(duration_text(-1) == "0:00");
    CHECK(duration_text(754) == "12:34");
    CHECK(duration_text(3599.9) == "1:00:00");
    CHECK(duration_text(3723) == "1:02:03");
    CHECK(duration_text(2 * 86400 + 3 * 3600 + 4 * 60) == "2d 03:04");
    CHECK(duration_text(NAN) == "?");
    CHECK(duration_text(INFINITY) == "?");
    CHECK(count_text(0) == "0");
    CHECK(count_text(999.4) == "999");
    CHECK(count_text(999.6) == "1.00k");
    CHECK(count_text(12345) == "12.3k");
    CHECK(count_text(999600) == "1.00M");
    CHECK(count_text(4560000) == "4.56M");
    CHECK(count_text(7e15) == "7000T");
  }

  TEST_CASE("Progress: a bar is redrawn at most ten times a second") {
    Screen screen;
    Progress progress("train", 1000, screen.output(Kind::kBar));
    for (int step = 1; step <= 1000; ++step) {
      screen.time += 0.001;
      progress.update(step, 1.0, 10);
    }
    CHECK(screen.writes.size() >= 9);
    CHECK(screen.writes.size() <= 11);  // one a tenth of a second, and the first
    CHECK(screen.shown().find('\n') == std::string::npos);
    for (const std::string& text : screen.writes) CHECK(text.front() == '\r');
  }

  TEST_CASE("Progress: the bar follows the terminal's width and leaves the last column free") {
    Screen screen;
    Progress progress("train", 100, screen.output(Kind::kBar));
    CHECK(columns(screen.shown()) == 79);
    screen.width = 50;
    progress.log();
    CHECK(columns(screen.shown()) == 49);
  }

  TEST_CASE("Progress: plain lines come every ten seconds, and when asked for") {
    Screen screen;
    Progress progress("train", 100, screen.output(Kind::kPlain));
    for (int step = 1; step <= 25; ++step) {
      screen.time += 1;
      progress.update(step, 0.5, 200);
    }
    CHECK(screen.shown() ==
          "train  10%   10/100  loss 0.5000  200 tokens/s  1:30 left\n"
          "train  20%   20/100  loss 0.5000  200 tokens/s  1:20 left\n");
    progress.log();
    CHECK(screen.writes.size() == 3);
    CHECK(screen.writes.back() == "train  25%   25/100  loss 0.5000  200 tokens/s  1:15 left\n");
    progress.finish();  // the state is on screen already: not twice
    CHECK(screen.writes.size() == 3);
  }

  TEST_CASE("Progress: quiet writes nothing, and still measures speed") {
    Screen screen;
    {
      Progress progress("train", 100, screen.output(Kind::kSilent));
      screen.time += 2;
      progress.update(1, 3.0, 500);
      CHECK(progress.tokens_per_second() == doctest::Approx(250));
      progress.log();
      progress.note("something");
      progress.finish();
    }
    CHECK(screen.writes.empty());
  }

  TEST_CASE("Progress: speed is recent, time left counts from the resumed step") {
    Screen screen;
    Progress progress("train", 1000, screen.output(Kind::kPlain), 900);
    CHECK(!progress.tokens_per_second());
    for (int step = 901; step <= 950; ++step) {
      screen.time += 1;
      progress.update(step, std::nullopt, step <= 910 ? 10 : 1000);
    }
    CHECK(*progress.tokens_per_second() > 950);
    progress.log();
    CHECK(screen.writes.back().find("0:50 left") != std::string::npos);
  }

  TEST_CASE("Progress: updates at the same instant divide by nothing") {
    Screen screen;
    Progress progress("train", 10, screen.output(Kind::kPlain));
    progress.update(1, 1.0, 100);
    CHECK(!progress.tokens_per_second());
    progress.log();
    CHECK(screen.shown() == "train  10%   1/10  loss 1.000  0:00 left\n");
  }

  TEST_CASE("Progress: a note stands on a line of its own above the bar") {
    Screen screen;
    Progress progress("train", 100, screen.output(Kind::kBar));
    progress.note("saved model");
    std::string shown = screen.shown();
    CHECK(shown.find("saved model\ntrain   0%") == 0);
    Screen plain;
    Progress lines("train", 100, plain.output(Kind::kPlain));
    lines.note("saved model");
    CHECK(plain.shown() == "saved model\n");
  }

  TEST_CASE("Progress: finish leaves the final line, once") {
    Screen screen;
    {
      Progress progress("train", 100, screen.output(Kind::kBar));
      screen.time += 62;
      progress.update(99);
      progress.update(100);  // not drawn by itself: the last redraw was just now
      progress.finish();
      progress.finish();
      progress.update(50);
    }
    std::string shown = screen.shown();
    CHECK(shown.find("train 100%") == 0);
    CHECK(shown.find("100/100  in 1:02\n") == shown.size() - 17);
  }

  TEST_CASE("Progress: in a pipe, finish reports the last step, and nothing follows it") {
    Screen screen;
    Progress progress("train", 3, screen.output(Kind::kPlain));
    screen.time += 5;
    progress.update(3);
    progress.finish();
    CHECK(screen.shown() == "train 100%  3/3  in 0:05\n");
    screen.time += 60;
    progress.update(4);
    progress.log();
    progress.note("late");
    CHECK(screen.writes.size() == 1);
  }

  TEST_CASE("Progress: an exception erases the bar") {
    Screen screen;
    try {
      Progress progress("train", 100, screen.output(Kind::kBar));
      throw std::runtime_error("out of disk");
    } catch (const std::runtime_error&) {
    }
    CHECK(screen.shown() == "");
    CHECK(screen.writes.back() == "\r\x1b[K");
  }

  TEST_CASE("ProgressOutput: quiet is silent whatever stderr is") {
    CHECK(ProgressOutput::standard_error(true).kind == Kind::kSilent);
    ProgressOutput output = ProgressOutput::standard_error(false);
    CHECK(output.width() > 0);
    double before = output.now();
    CHECK(before <= output.now());
  }
}

}  // namespace
}  // namespace t5
