// Standard input, output and error, whatever state they are in.
#pragma once

#include <functional>

namespace t5 {

// The main function of a program: what `body` returns, or 1 when it throws, which one line on
// standard error says, "NAME: …", and when standard output cannot be written. Where its reader has
// left (`| head -1`) the program ends silently, by SIGPIPE, as every filter does.
//
// A file must not take the place of a descriptor that is closed at the start, and get the messages
// that are meant for it; and nobody's leaving standard error ends the work. An instruction that the
// processor lacks ends the program with one line, too.
int run_program(const char* name, const std::function<int()>& body);

}  // namespace t5
