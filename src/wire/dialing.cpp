#include "wire/dialing.hpp"

#include <utility>
#include <variant>

#include "wire/proxying.hpp"

namespace sock::wire {

Dialing::Dialing(io::Loop& loop, const DialPlan& plan, io::Observer& observer, Done done,
                 const FindPaths& find)
    : loop_(loop),
      plan_(plan),
      observer_(observer),
      done_(std::move(done)),
      deadline_(plan.timeout) {
  try {
    begin(find);
  } catch (...) {
    fail(std::current_exception());
  }
}

Dialing::~Dialing() = default;

void Dialing::begin(const FindPaths& find) {
  if (std::holds_alternative<FdEndpoint>(plan_.target)) return arrived(dial_inherited(plan_));
  if (goes_through(plan_.proxy, plan_.target, plan_.choice)) {
    proxying_ = std::make_unique<Proxying>(
        loop_, plan_, deadline_, observer_, find,
        [this](const std::exception_ptr& error, Dialed* dialed) { told(error, dialed); });
    return;
  }
  if (!asks_somebody(plan_)) return connect(find(plan_, observer_));
  finding_ = std::make_unique<Finding>(loop_, plan_, deadline_, observer_, find,
                                       [this](std::exception_ptr error, std::vector<Path> paths) {
                                         if (error) return fail(std::move(error));
                                         try {
                                           connect(std::move(paths));
                                         } catch (...) {
                                           fail(std::current_exception());
                                         }
                                       });
}

void Dialing::connect(std::vector<Path> paths) {
  connecting_ = std::make_unique<Connecting>(
      loop_, plan_, std::move(paths), deadline_, observer_,
      [this](const std::exception_ptr& error, Dialed* dialed) { told(error, dialed); });
}

void Dialing::told(std::exception_ptr error, Dialed* dialed) {
  const Done done = std::move(done_);
  if (!error && plan_.announcement) {
    try {
      announce(*plan_.announcement, *dialed);
    } catch (...) {
      error = std::current_exception();
    }
  }
  done(error, error ? nullptr : dialed);
}

void Dialing::arrived(Dialed dialed) {
  inherited_ = std::move(dialed);
  report_ = loop_.at({}, [this] {
    Dialed result = std::move(*inherited_);
    told(nullptr, &result);
  });
}

void Dialing::fail(std::exception_ptr error) {
  // Long due: in this turn of the loop, when no callback of ours runs any more.
  report_ = loop_.at({}, [this, error = std::move(error)] { told(error, nullptr); });
}

}  // namespace sock::wire
