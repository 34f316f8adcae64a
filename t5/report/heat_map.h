// Heat maps as SVG text: a grid of cells, the darker the larger. For attention weights and the
// like: small matrices whose rows and columns have names.
#pragma once

#include <string>
#include <vector>

namespace t5 {

struct HeatMap {
  std::string title, x_label, y_label;     // what a column is, what a row is
  std::vector<std::string> columns, rows;  // their names; long ones of columns stand aslant
  std::vector<double> values;              // row by row
  double low = 0, high = 1;             // white and the darkest colour; values beyond are clipped
  std::vector<std::string> texts = {};  // written into the cells, row by row; none: no text
};

// The picture, as wide as its columns need. Values that are not finite are left grey.
std::string heat_map_svg(const HeatMap& map);

}  // namespace t5
