// What the commands that write text are asked for: the options of t5 generate and t5 evaluate.
#pragma once

#include "t5/cli/program.h"
#include "t5/generation/text_request.h"

namespace t5 {

struct RequestOptions {
  TextRequest request;
  uint64_t seed = 0;
  bool verbose = false;
};

void declare_request(Options& options, RequestOptions& o);

// What was asked for and does nothing is said on stderr, a line each, unless --quiet; with
// --verbose, the settings that count and where each comes from. A mistake in a setting of the
// command line is wrong usage.
TaskOptions read_options(const RequestOptions& o, const TextModel& model, const Common& common);

}  // namespace t5
