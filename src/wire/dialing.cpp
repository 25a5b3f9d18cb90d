#include "wire/dialing.hpp"

#include <string>
#include <utility>
#include <variant>

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

struct Dialing::Found {
  std::vector<Path> paths;
  Resolved told;
};

Dialing::Dialing(io::Loop& loop, const DialPlan& plan, io::Observer& observer, Done done,
                 const Find& find)
    : loop_(loop),
      plan_(plan),
      observer_(observer),
      done_(std::move(done)),
      deadline_(plan.timeout) {
  try {
    begin(find);
  } catch (...) {
    end(std::current_exception());
  }
}

Dialing::~Dialing() = default;

std::vector<Path> Dialing::find_paths(const DialPlan& plan, io::Observer& observer) {
  return paths(plan, Deadline(Timeout()), observer);
}

void Dialing::begin(const Find& find) {
  if (std::holds_alternative<FdEndpoint>(plan_.target)) return end(nullptr, dial_inherited(plan_));
  if (asks_somebody(plan_.target) || (plan_.source && asks_somebody(*plan_.source)))
    return look_up(find);
  connect(find(plan_, observer_));
}

void Dialing::look_up(const Find& find) {
  for (const Endpoint* endpoint : {&plan_.target, plan_.source ? &*plan_.source : nullptr}) {
    const std::string_view name = endpoint ? name_in(*endpoint) : std::string_view();
    if (!name.empty()) observer_.resolving(name);
  }
  if (!deadline_.unlimited()) {
    limit_ = loop_.at(deadline_.at(), [this] {
      const std::string_view name = name_in(plan_.target);
      end(std::make_exception_ptr(TimeoutError(
          Errc::timed_out, "resolve", name.empty() ? to_string(plan_.target) : std::string(name))));
    });
  }
  look_up_ = std::make_unique<Asking<Found>>(
      loop_,
      [plan = plan_, find] {
        Found found;
        found.paths = find(plan, found.told);
        return found;
      },
      [this](std::future<Found> answer) { found(std::move(answer)); });
}

void Dialing::found(std::future<Found> answer) {
  limit_ = {};
  try {
    Found found = answer.get();
    for (const auto& [name, addresses, time] : found.told.all)
      observer_.resolved(name, addresses, time);
    connect(std::move(found.paths));
  } catch (...) {
    end(std::current_exception());
  }
}

void Dialing::connect(std::vector<Path> paths) {
  connecting_ = std::make_unique<Connecting>(loop_, plan_, std::move(paths), deadline_, observer_,
                                             std::move(done_));
}

void Dialing::end(std::exception_ptr error, std::optional<Dialed> dialed) {
  look_up_.reset();
  limit_ = {};
  inherited_ = std::move(dialed);
  // Long due: in this turn of the loop, when no callback of ours runs any more.
  report_ = loop_.at({}, [this, error = std::move(error)] {
    const Done done = std::move(done_);
    std::optional<Dialed> result = std::move(inherited_);
    done(error, result ? &*result : nullptr);
  });
}

}  // namespace sock::wire
