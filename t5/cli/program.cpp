#include "t5/cli/program.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "t5/report/message.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

template <class T>
void add_number(CLI::App& app, const char* name, T& value, const char* help, T low, T high,
                const char* type) {
  auto* option = app.add_option(name, value, help)->check(CLI::Range(low, high))->type_name(type);
  if (low <= value && value <= high) option->capture_default_str();
}

}  // namespace

std::string flag_of(const std::string& setting) {
  std::string flag = "--" + setting;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

Options& Options::text(const char* name, std::string& value, const char* help) {
  app_.add_option(name, value, help)->type_name("TEXT");
  return *this;
}

Options& Options::path(const char* name, std::string& value, const char* help) {
  app_.add_option(name, value, help)->type_name("PATH");
  return *this;
}

Options& Options::required(const char* name, std::string& value, const char* help) {
  app_.add_option(name, value, help)->required()->type_name("PATH");
  return *this;
}

Options& Options::one_of(const char* name, std::string& value, const char* help,
                         const std::vector<std::string>& choices) {
  app_.add_option(name, value, help)->check(CLI::IsMember(choices))->capture_default_str();
  return *this;
}

Options& Options::files(const char* name, std::vector<std::string>& values, const char* help,
                        bool required) {
  app_.add_option(name, values, help)->required(required)->type_name("FILE");
  return *this;
}

Options& Options::texts(const char* name, std::vector<std::string>& values, const char* help) {
  app_.add_option(name, values, help)->type_name("TEXT");
  return *this;
}

Options& Options::some_of(const char* name, std::vector<std::string>& values, const char* help,
                          const std::vector<std::string>& choices) {
  app_.add_option(name, values, help)->delimiter(',')->check(CLI::IsMember(choices));
  return *this;
}

Options& Options::list(const char* name, std::vector<std::string>& values, const char* help) {
  app_.add_option(name, values, help)->delimiter(',')->type_name("A,B,…");
  return *this;
}

Options& Options::integer(const char* name, int64_t& value, const char* help, int64_t low,
                          int64_t high) {
  add_number(app_, name, value, help, low, high, "N");
  return *this;
}

Options& Options::seed(uint64_t& value) {
  app_.add_option("--seed", value, "of the random numbers")->capture_default_str()->type_name("N");
  return *this;
}

Options& Options::overwrite(Existing& value) {
  app_.add_flag_callback(
      "--overwrite", [&value] { value = Existing::kReplace; },
      "replace what --output holds, as transformers' --overwrite_output_dir");
  return *this;
}

Options& Options::number(const char* name, double& value, const char* help, double low,
                         double high) {
  add_number(app_, name, value, help, low, high, "X");
  return *this;
}

Options& Options::instead_of(const char* name, const char* other) {
  app_.get_option(name)->excludes(app_.get_option(other));
  return *this;
}

Options& Options::needs(const char* name, const char* other) {
  app_.get_option(name)->needs(app_.get_option(other));
  return *this;
}

Options& Options::flag(const char* name, bool& value, const char* help) {
  app_.add_flag(name, value, help);
  return *this;
}

Options& Options::setting(const std::string& name, std::map<std::string, std::string>& given,
                          const std::string& key, const std::string& help, const char* type,
                          const char* implied) {
  auto* option = app_.add_option_function<std::string>(
      name, [&given, key](const std::string& text) { given[key] = text; }, help);
  option->type_name(type);
  if (implied != nullptr) option->expected(0, 1)->default_str(implied);
  return *this;
}

Options& Options::details(std::function<std::string()> text) {
  app_.footer([example = app_.get_footer(), text] { return text() + "\n" + example; });
  return *this;
}

Program::Program(const std::string& description, const std::string& name)
    : app_(std::make_unique<CLI::App>(description, name)) {
  app_->require_subcommand(1);
  app_->footer("Each command explains itself: " + name + " COMMAND --help");
}

Program::~Program() = default;

void Program::group(const std::string& name, const std::string& description) {
  app_->add_subcommand(name, description)->require_subcommand(1);
}

Options Program::add(const std::string& name, const std::string& description,
                     const std::string& example, Common& common, std::function<void()> run) {
  size_t space = name.find(' ');
  CLI::App* parent =
      space == std::string::npos ? app_.get() : app_->get_subcommand(name.substr(0, space));
  CLI::App* command = parent->add_subcommand(
      space == std::string::npos ? name : name.substr(space + 1), description);
  command->footer("Example: " + example);
  command->add_option("--threads", common.threads, "threads to use; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  command->add_flag("--json", common.json, "print the result as JSON");
  command->add_flag("--quiet", common.quiet, "no progress, no notes");
  command->final_callback([this, &common, run = std::move(run)] {
    chosen_ = [&common, run] {
      set_thread_count(static_cast<int>(common.threads));
      run();
    };
  });
  return Options(*command);
}

int Program::run(int argc, char** argv) {
  auto wrong = [&](const std::string& what) {
    message("{0}: {1}; see {0} --help", app_->get_name(), what);
    return 2;
  };
  std::string first = argc > 1 ? argv[1] : "";
  auto is_first = [&](const CLI::App* command) { return command->check_name(first); };
  if (!first.empty() && first[0] != '-' && app_->get_subcommands(is_first).empty())
    return wrong("there is no command '" + first + "'");
  try {
    app_->parse(argc, argv);
    chosen_();
  } catch (const CLI::Success& success) {  // --help
    std::ostringstream help;
    int status = app_->exit(success, help, help);
    fmt::print("{}", help.str());
    return status;
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  } catch (const UsageError& error) {
    return wrong(error.message);
  } catch (const ExitStatus& exit) {
    return exit.status;
  }
  return 0;
}

}  // namespace t5
