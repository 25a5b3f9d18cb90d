#include "wire/finding.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <utility>

#include "sock/error.hpp"
#include "sock/fd.hpp"
#include "wire/candidates.hpp"
#include "wire/lookup.hpp"

namespace sock::wire {

namespace {

// Keeps what a thread's observer is told of look-ups that are over.
struct Resolved : io::Observer {
  struct One {
    std::string name;
    std::size_t addresses;
    std::chrono::nanoseconds time;
  };
  std::vector<One> all;
  void resolved(std::string_view name, std::size_t addresses,
                std::chrono::nanoseconds time) override {
    all.push_back({std::string(name), addresses, time});
  }
};

}  // namespace

// Shared with the thread, which may outlive the dial.
class Finding::LookUp {
 public:
  struct Answer {
    std::vector<Path> paths;
    Resolved told;
  };

  LookUp() : ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!ready_) {
      const int err = errno;
      throw_errno(err, "eventfd");
    }
  }

  // Readable when there is an answer.
  FdRef ready() const noexcept { return ready_; }
  // Throws what the look-up threw.
  Answer answer() { return answer_.get_future().get(); }

  void run(const DialPlan& plan, const FindPaths& find) noexcept {
    try {
      Answer answer;
      answer.paths = find(plan, answer.told);
      answer_.set_value(std::move(answer));
    } catch (...) {
      answer_.set_exception(std::current_exception());
    }
    const std::uint64_t one = 1;
    (void)!::write(ready_.get(), &one, sizeof one);
  }

 private:
  Fd ready_;
  std::promise<Answer> answer_;
};

std::vector<Path> find_paths(const DialPlan& plan, io::Observer& observer) {
  return paths(plan, Deadline(Timeout()), observer);
}

bool asks_somebody(const DialPlan& plan) noexcept {
  return asks_somebody(plan.target) || (plan.source && asks_somebody(*plan.source));
}

Finding::Finding(io::Loop& loop, const DialPlan& plan, const Deadline& deadline,
                 io::Observer& observer, const FindPaths& find, Done done)
    : observer_(observer), done_(std::move(done)), look_up_(std::make_shared<LookUp>()) {
  for (const Endpoint* endpoint : {&plan.target, plan.source ? &*plan.source : nullptr}) {
    const std::string_view name = endpoint ? name_in(*endpoint) : std::string_view();
    if (!name.empty()) observer_.resolving(name);
  }
  answered_ = loop.watch(look_up_->ready(), io::Interest::read, "look-up", [this](io::Ready) {
    found();
    return true;
  });
  if (!deadline.unlimited()) {
    const std::string_view name = name_in(plan.target);
    limit_ = loop.at(
        deadline.at(), [this, subject = name.empty() ? to_string(plan.target) : std::string(name)] {
          end(std::make_exception_ptr(TimeoutError(Errc::timed_out, "resolve", subject)));
        });
  }
  leave_to_thread([shared = look_up_, plan, find] { shared->run(plan, find); });
}

void Finding::found() {
  std::exception_ptr error;
  std::vector<Path> paths;
  try {
    LookUp::Answer answer = look_up_->answer();
    for (const auto& [name, addresses, time] : answer.told.all)
      observer_.resolved(name, addresses, time);
    paths = std::move(answer.paths);
  } catch (...) {
    error = std::current_exception();
  }
  end(std::move(error), std::move(paths));
}

void Finding::end(std::exception_ptr error, std::vector<Path> paths) {
  answered_ = {};
  limit_ = {};
  const Done done = std::move(done_);
  done(std::move(error), std::move(paths));
}

}  // namespace sock::wire
