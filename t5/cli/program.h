// Declaring a command's options: a thin layer over CLI11, which is large and slow to compile and is
// included in program.cpp alone.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "t5/files/directory_update.h"

namespace CLI {
class App;
}

namespace t5 {

// The options that every command has.
struct Common {
  int64_t threads = 0;
  bool json = false, quiet = false;
};

// Wrong usage found by a command itself: one line, exit status 2.
struct UsageError {
  std::string message;
};

// Ends the program with this exit status, everything having been said.
struct ExitStatus {
  int status;
};

// "--max-steps" for "max_steps".
std::string flag_of(const std::string& setting);

// The options of one command. Each call binds an option to a variable that outlives the parse and
// holds the default, which --help shows; a number out of its bounds stands for none.
class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  Options& text(const char* name, std::string& value, const char* help);
  Options& path(const char* name, std::string& value, const char* help);
  Options& required(const char* name, std::string& value, const char* help);
  Options& one_of(const char* name, std::string& value, const char* help,
                  const std::vector<std::string>& choices);
  Options& files(const char* name, std::vector<std::string>& values, const char* help,
                 bool required);
  Options& texts(const char* name, std::vector<std::string>& values, const char* help);
  Options& some_of(const char* name, std::vector<std::string>& values, const char* help,
                   const std::vector<std::string>& choices);  // separated by commas
  Options& list(const char* name, std::vector<std::string>& values,
                const char* help);  // separated by commas
  Options& integer(const char* name, int64_t& value, const char* help, int64_t low,
                   int64_t high = int64_t{1} << 40);
  Options& seed(uint64_t& value);
  // --overwrite: what --output holds already may be replaced.
  Options& overwrite(Existing& value);
  Options& number(const char* name, double& value, const char* help, double low, double high);
  Options& instead_of(const char* name, const char* other);  // of these two, one may be given
  Options& needs(const char* name, const char* other);       // without which it would do nothing
  Options& flag(const char* name, bool& value, const char* help);
  // An option whose text is kept as given, under `key`, for whoever knows what it means; `type`
  // says it to the reader. With `implied`, the option may stand alone and then has that text.
  Options& setting(const std::string& name, std::map<std::string, std::string>& given,
                   const std::string& key, const std::string& help, const char* type,
                   const char* implied = nullptr);
  // What --help says below the options, made when it is asked for.
  Options& details(std::function<std::string()> text);

 private:
  CLI::App& app_;
};

// The program: commands by name, each with the common options.
class Program {
 public:
  Program(const std::string& description, const std::string& name);
  ~Program();

  // A command; "tokenizer train" belongs to the group "tokenizer". `declare` binds options to the
  // members of an O, which `run` gets when the command was chosen.
  template <class O>
  void command(const std::string& name, const std::string& description, const std::string& example,
               void (*declare)(Options&, O&), void (*run)(const O&, const Common&)) {
    auto values = std::make_shared<O>();
    auto common = std::make_shared<Common>();
    Options options = add(name, description, example, *common, [=] { run(*values, *common); });
    declare(options, *values);
  }
  void group(const std::string& name, const std::string& description);

  // Parses the arguments and runs the chosen command; returns the exit status.
  int run(int argc, char** argv);

 private:
  Options add(const std::string& name, const std::string& description, const std::string& example,
              Common& common, std::function<void()> run);

  std::unique_ptr<CLI::App> app_;
  std::function<void()> chosen_;
};

}  // namespace t5
