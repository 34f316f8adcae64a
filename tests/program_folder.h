// Where the test program lies; the programs that tests run lie beside it.
#pragma once

#include <filesystem>

namespace t5::testing {

const std::filesystem::path& program_folder();

}  // namespace t5::testing
