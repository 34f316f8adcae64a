#include "tensor/parallel.h"

#include <sched.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace t5 {
namespace {

constexpr int64_t kMostThreads = 1024;

thread_local bool in_loop = false;
thread_local bool flag = false;

// The cores that this process may use; of unequal ones the fast ones, since all get equal shares.
int64_t available_cores() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#elif defined(__APPLE__)
  int fast = 0;
  size_t size = sizeof fast;
  if (::sysctlbyname("hw.perflevel0.logicalcpu", &fast, &size, nullptr, 0) == 0) return fast;
#endif
  return std::max<int64_t>(std::thread::hardware_concurrency(), 1);
}

int64_t default_count() {
  const char* wish = std::getenv("OMP_NUM_THREADS");
  int64_t count = wish == nullptr ? 0 : std::atoll(wish);
  return std::clamp<int64_t>(count > 0 ? count : available_cores(), 1, kMostThreads);
}

std::atomic<int64_t> wanted_threads = 0;  // 0: not yet asked

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns when `value` is no longer `old`: soon, without the system's help, or after a sleep.
template <class T>
T wait_while(const std::atomic<T>& value, T old) {
  constexpr int kSpins = 1000;  // some 50 microseconds
  for (int i = 0; i < kSpins; ++i, pause())
    if (T now = value.load(std::memory_order_acquire); now != old) return now;
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

class Pool {
 public:
  using Share = void (*)(const void*, int64_t);

  void run(int64_t threads, Share share, const void* body) {
    std::unique_lock lock(busy_, std::try_to_lock);
    if (!lock) {
      for (int64_t t = 0; t < threads; ++t) share(body, t);
      return;
    }
    for (; workers_ + 1 < threads; ++workers_)
      std::thread([this, index = workers_ + 1, first = order_.load()] {
        work(index, first);
      }).detach();
    share_ = share;
    body_ = body;
    flag_ = flag;
    failure_ = nullptr;
    running_.store(threads - 1);
    order_.store((order_.load() / kMostThreads + 1) * kMostThreads + (threads - 1),
                 std::memory_order_release);
    order_.notify_all();
    run_one(0);
    for (int64_t left; (left = running_.load(std::memory_order_acquire)) > 0;)
      wait_while(running_, left);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // A worker looks at nothing but the order until it is told to take part: the rest belongs to
  // those who do.
  void work(int64_t index, uint64_t seen) {
    while (true) {
      seen = wait_while(order_, seen);
      if (static_cast<int64_t>(seen % kMostThreads) < index) continue;
      flag = flag_;
      run_one(index);
      if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_one();
    }
  }

  void run_one(int64_t t) {
    bool outer = std::exchange(in_loop, true);
    try {
      share_(body_, t);
    } catch (...) {
      std::lock_guard lock(failing_);
      if (!failure_ || t < failed_) {
        failure_ = std::current_exception();
        failed_ = t;
      }
    }
    in_loop = outer;
  }

  std::mutex busy_, failing_;
  int64_t workers_ = 0;
  std::atomic<uint64_t> order_ = 0;   // a count of jobs, and how many workers take part in this one
  std::atomic<int64_t> running_ = 0;  // workers that have not yet ended this job
  Share share_ = nullptr;
  const void* body_ = nullptr;
  bool flag_ = false;  // the caller's
  std::exception_ptr failure_;
  int64_t failed_ = 0;  // the share that threw it
};

// Never destroyed: workers wait on it until the process ends.
Pool& pool() {
  static auto* instance = new Pool;
  return *instance;
}

}  // namespace

void set_thread_count(int count) {
  wanted_threads = count > 0 ? std::min<int64_t>(count, kMostThreads) : default_count();
}

int thread_count() {
  if (wanted_threads == 0) set_thread_count(0);
  return static_cast<int>(wanted_threads.load(std::memory_order_relaxed));
}

bool in_parallel_loop() { return in_loop; }
bool& inherited_flag() { return flag; }

void detail::run_shares(int64_t threads, void (*share)(const void* body, int64_t t),
                        const void* body) {
  pool().run(threads, share, body);
}

}  // namespace t5
