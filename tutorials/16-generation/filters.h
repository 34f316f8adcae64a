// A picture for chapter 16, as SVG text: what each filter leaves of one distribution.
#pragma once

#include <string>

namespace t5::tutorial {

std::string filters_svg();

}  // namespace t5::tutorial
