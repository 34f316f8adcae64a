#include "autograd/profile.h"

#include <array>
#include <string_view>
#include <utility>

#include "tensor/ops/matmul.h"

namespace t5 {
namespace {

thread_local Profile* profile_of_thread = nullptr;

double bytes_of(const Tensor& t) {
  return static_cast<double>(t.size()) * static_cast<double>(sizeof(real));
}

// Bytes that an op must move.
struct Traffic {
  double forward, backward;
};

// The ops that get by with less than all of their operands, in multiples of their value: views hand
// memory on, sums hand dy on, gathering touches the rows that it was asked for, and recomputation
// is the work of other ops.
struct Exception {
  std::string_view op;
  Traffic values;
};
constexpr std::array kExceptions = {
    Exception{"reshape", {0, 0}},      Exception{"transpose", {0, 0}},   Exception{"slice", {0, 2}},
    Exception{"broadcast_to", {0, 1}}, Exception{"gather_rows", {2, 3}}, Exception{"add", {3, 0}},
    Exception{"add_dropout", {3, 2}},  Exception{"recompute", {0, 0}}};

// Forwards every input is read and the value written; backwards dy and every input are read, and
// the gradients of those that have one written.
Traffic traffic(std::string_view op, const Tensor& value, const std::vector<Var>& inputs) {
  double all = bytes_of(value);
  for (const Exception& e : kExceptions)
    if (e.op == op) return {all * e.values.forward, all * e.values.backward};
  Traffic result{all, all};
  for (const Var& input : inputs) {
    if (!input.defined()) continue;
    result.forward += bytes_of(input.value());
    result.backward += bytes_of(input.value()) * (input.requires_grad() ? 2 : 1);
  }
  return result;
}

double seconds_between(auto start, auto end) {
  return std::chrono::duration<double>(end - start).count();
}

}  // namespace

Profile* Profile::current() { return profile_of_thread; }

void Profile::lap(const std::string& op, Pass pass, double bytes) {
  auto now = Clock::now();
  Row& row = rows_[{op, pass}];
  ++row.calls;
  row.seconds += seconds_between(lap_start_, now);
  row.multiply_adds += multiply_adds() - lap_multiply_adds_;
  row.bytes += bytes;
  start_lap();
}

void Profile::start_lap() {
  lap_multiply_adds_ = multiply_adds();
  lap_start_ = Clock::now();
}

void Profile::lap(const std::vector<Profile>& threads) {
  for (const Profile& thread : threads)
    for (const auto& [key, theirs] : thread.rows_) {
      Row& row = rows_[key];
      row.calls += theirs.calls;
      row.seconds += theirs.seconds / static_cast<double>(threads.size());
      row.multiply_adds += theirs.multiply_adds;
      row.bytes += theirs.bytes;
    }
  start_lap();
}

Profiling::Profiling(Profile* profile)
    : profile_(profile),
      outer_(std::exchange(profile_of_thread, profile)),
      start_(Profile::Clock::now()) {
  if (profile_ != nullptr) profile_->start_lap();
}

Profiling::~Profiling() {
  profile_of_thread = outer_;
  if (profile_ != nullptr) profile_->seconds_ += seconds_between(start_, Profile::Clock::now());
}

ThreadProfiles::ThreadProfiles(int64_t count)
    : all_(Profile::current()), each_(all_ == nullptr ? 0 : count) {}

void ThreadProfiles::add_up() {
  if (all_ != nullptr) all_->lap(each_);
}

void end_lap(const std::string& work, double bytes) {
  if (Profile* profile = Profile::current()) profile->lap(work, Pass::kNone, bytes);
}

Backward profiled(Profile& profile, const char* op, const Tensor& value,
                  const std::vector<Var>& inputs, Backward backward) {
  Traffic bytes = traffic(op, value, inputs);
  profile.lap(op, Pass::kForward, bytes.forward);
  return [op, bytes = bytes.backward, run = std::move(backward)](const Tensor& dy) {
    run(dy);
    if (Profile* now = Profile::current()) now->lap(op, Pass::kBackward, bytes);
  };
}

}  // namespace t5
