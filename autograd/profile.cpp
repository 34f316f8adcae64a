#include "autograd/profile.h"

#include <utility>

#include "tensor/ops/matmul.h"

namespace t5 {
namespace {

thread_local Profile* profile_of_thread = nullptr;

double bytes_of(const Var& x) {
  return static_cast<double>(x.shape().size()) * static_cast<double>(sizeof(real));
}

// In bytes. Every operand once: forwards every input is read and the value written; backwards dy
// and every input are read, and the gradients of those that have one written.
Traffic bytes_moved(const Op& op, const Var& result, const std::vector<Var>& inputs) {
  double all = bytes_of(result);
  if (op.traffic) return {all * op.traffic->forward, all * op.traffic->backward};
  Traffic bytes{all, all};
  for (const Var& input : inputs) {
    if (!input.defined()) continue;
    bytes.forward += bytes_of(input);
    bytes.backward += bytes_of(input) * (input.requires_grad() ? 2 : 1);
  }
  return bytes;
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

Backward profiled(Profile& profile, const Op& op, const Var& result, const std::vector<Var>& inputs,
                  Backward backward) {
  Traffic bytes = bytes_moved(op, result, inputs);
  profile.lap(op.name, Pass::kForward, bytes.forward);
  return [name = op.name, bytes = bytes.backward, run = std::move(backward)](const Tensor& dy) {
    run(dy);
    if (Profile* now = Profile::current()) now->lap(name, Pass::kBackward, bytes);
  };
}

}  // namespace t5
