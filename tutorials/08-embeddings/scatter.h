// A picture of a lookup's gradient: each row of dy goes back to the row of the table it came from.
#pragma once

#include <string>

namespace t5 {

// Five words looked up in a table of five, and what backward() leaves in the table's gradient.
std::string scatter_svg();

}  // namespace t5
