// The names of the tests in the sources, without running anything.
#pragma once

#include <set>
#include <string>

namespace course {

// Of every TEST_CASE in TEST_SUITE("chapter"), below tests/ and in the chapters' folders.
std::set<std::string> tests_of_suite(const std::string& chapter);

}  // namespace course
