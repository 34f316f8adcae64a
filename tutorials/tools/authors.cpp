#include "tutorials/tools/commands.h"
namespace course {
int weave(const Project&, const std::string&) { fail("weave: comes next"); }
int check_text(const Project&, const std::string&) { fail("check-text: comes next"); }
int prove(const Project&, const std::string&, size_t) { fail("prove: comes next"); }
}
