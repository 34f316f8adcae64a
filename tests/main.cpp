// The test program. `build/tests --help` lists doctest's options; --test-suite='04-*' runs one
// chapter.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
