#include "wire/finding.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "sock/error.hpp"
#include "wire/asking.hpp"
#include "wire/candidates.hpp"

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

struct Finding::Found {
  std::vector<Path> paths;
  Resolved told;
};

std::vector<Path> find_paths(const DialPlan& plan, io::Observer& observer) {
  return paths(plan, Deadline(Timeout()), observer);
}

bool asks_somebody(const DialPlan& plan) noexcept {
  return asks_somebody(plan.target) || (plan.source && asks_somebody(*plan.source));
}

Finding::Finding(io::Loop& loop, const DialPlan& plan, const Deadline& deadline,
                 io::Observer& observer, const FindPaths& find, Done done)
    : observer_(observer), done_(std::move(done)) {
  for (const Endpoint* endpoint : {&plan.target, plan.source ? &*plan.source : nullptr}) {
    const std::string_view name = endpoint ? name_in(*endpoint) : std::string_view();
    if (!name.empty()) observer_.resolving(name);
  }
  if (!deadline.unlimited()) {
    const std::string_view name = name_in(plan.target);
    limit_ = loop.at(
        deadline.at(), [this, subject = name.empty() ? to_string(plan.target) : std::string(name)] {
          end(std::make_exception_ptr(TimeoutError(Errc::timed_out, "resolve", subject)));
        });
  }
  asking_ = std::make_unique<Asking<Found>>(
      loop,
      [plan, find] {
        Found found;
        found.paths = find(plan, found.told);
        return found;
      },
      [this](std::future<Found> answer) { found(std::move(answer)); });
}

Finding::~Finding() = default;

void Finding::found(std::future<Found> answer) {
  std::exception_ptr error;
  std::vector<Path> paths;
  try {
    Found found = answer.get();
    for (const auto& [name, addresses, time] : found.told.all)
      observer_.resolved(name, addresses, time);
    paths = std::move(found.paths);
  } catch (...) {
    error = std::current_exception();
  }
  end(std::move(error), std::move(paths));
}

void Finding::end(std::exception_ptr error, std::vector<Path> paths) {
  asking_.reset();
  limit_ = {};
  const Done done = std::move(done_);
  done(std::move(error), std::move(paths));
}

}  // namespace sock::wire
