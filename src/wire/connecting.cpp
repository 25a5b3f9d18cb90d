#include "wire/connecting.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sock::wire {

namespace {

using io::Clock;

// Those for which waiting says something: a handshake that may never be answered.
bool can_race(const Candidate& c) noexcept {
  return c.type == SOCK_STREAM && (c.family == AF_INET || c.family == AF_INET6);
}

bool is_race(const DialPlan& plan, const std::vector<Path>& paths) {
  return !plan.sequential &&
         std::all_of(paths.begin(), paths.end(), [](const Path& p) { return can_race(p.target); });
}

std::vector<Path> ordered(std::vector<Path> paths, const DialPlan& plan) {
  std::vector<int> families;
  for (const Path& path : paths) families.push_back(path.target.address.family());
  const auto order = is_race(plan, paths) ? interleaved(families, plan.preferred)
                                          : in_sequence(families, plan.preferred);
  std::vector<Path> result;
  for (const std::size_t i : order) result.push_back(std::move(paths[i]));
  return result;
}

// A Unix listener with a full queue is asked again after this time, then after twice of it ...
constexpr Clock::duration shortest_pause = std::chrono::milliseconds(1);
constexpr Clock::duration longest_pause = std::chrono::milliseconds(100);

}  // namespace

struct Connecting::Runner {
  std::size_t place;
  Clock::time_point start;
  std::optional<Dialed> dialed = {};
  io::Watch watch = {};
  io::Timer again = {};
  Clock::duration pause = shortest_pause;
};

Connecting::Connecting(io::Loop& loop, const DialPlan& plan, std::vector<Path> paths,
                       const Deadline& deadline, io::Observer& observer, DialDone done)
    : loop_(loop),
      observer_(observer),
      done_(std::move(done)),
      target_(to_string(plan.target)),
      options_(plan.options),
      paths_(ordered(std::move(paths), plan)),
      race_(paths_.size(), is_race(plan, paths_) ? std::optional(Race::recommended) : std::nullopt),
      runners_(paths_.size()) {
  if (!deadline.unlimited()) limit_ = loop_.at(deadline.at(), [this] { time_up(); });
  go();
}

Connecting::~Connecting() = default;

// Starts what is due.
void Connecting::go() {
  while (const auto place = report_ ? std::nullopt : race_.start(Clock::now())) start(*place);
  const auto next = report_ ? std::nullopt : race_.next();
  next_ = next ? loop_.at(*next, [this] { go(); }) : io::Timer();
}

void Connecting::start(std::size_t place) {
  const Path& path = paths_[place];
  observer_.attempt(path.target.text);
  runners_[place] = std::make_unique<Runner>(Runner{place, Clock::now()});
  Runner& runner = *runners_[place];
  step(runner, [&] {
    runner.dialed = prepare(path, options_, Waiting::elsewhere);
    advance(runner);
  });
}

void Connecting::advance(Runner& runner) {
  switch (begin(*runner.dialed)) {
    case Progress::connected:
      return won(runner);
    case Progress::under_way:
      runner.watch = loop_.watch(runner.dialed->socket, io::Interest::write, "attempt",
                                 [this, &runner](io::Ready) {
                                   step(runner, [&] {
                                     conclude(*runner.dialed);
                                     won(runner);
                                   });
                                   go();
                                   return true;
                                 });
      return;
    case Progress::full:
      runner.again = loop_.after(runner.pause, [this, &runner] {
        step(runner, [&] { advance(runner); });
        go();
      });
      runner.pause = std::min(2 * runner.pause, longest_pause);
  }
}

// Takes a runner on, which it may be the end of.
template <class Step>
void Connecting::step(Runner& runner, Step step) {
  try {
    step();
  } catch (const Error& e) {
    failed(runner, e);
  }
}

void Connecting::failed(Runner& runner, const Error& error) {
  observer_.attempt_failed(paths_[runner.place].target.text, error, Clock::now() - runner.start);
  failures_.push_back(error);
  runners_[runner.place].reset();
  race_.failed();
  if (!race_.lost()) return;
  if (paths_.size() == 1) return end(std::current_exception(), std::nullopt);
  end(std::make_exception_ptr(ErrorGroup("connect " + target_, std::move(failures_))),
      std::nullopt);
}

void Connecting::won(Runner& runner) {
  runner.watch = {};
  runner.dialed->socket.settimeout({});
  const auto now = Clock::now();
  observer_.connected(runner.dialed->socket, runner.dialed->name, now - runner.start);
  for (const auto& other : runners_)
    if (other && other.get() != &runner)
      observer_.attempt_overtaken(paths_[other->place].target.text, now - other->start);
  end(nullptr, std::move(runner.dialed));
}

void Connecting::time_up() {
  for (const auto& runner : runners_) {
    if (!runner) continue;
    const std::string& address = paths_[runner->place].target.text;
    observer_.attempt_failed(address, TimeoutError(Errc::timed_out, "connect", address),
                             Clock::now() - runner->start);
  }
  end(std::make_exception_ptr(TimeoutError(Errc::timed_out, "connect", target_)), std::nullopt);
}

void Connecting::end(std::exception_ptr error, std::optional<Dialed> dialed) {
  result_ = std::move(dialed);
  limit_ = {};
  next_ = {};
  for (auto& runner : runners_) runner.reset();
  // Long due: in this turn of the loop, when no callback of ours runs any more.
  report_ = loop_.at({}, [this, error = std::move(error)] {
    const DialDone done = std::move(done_);
    std::optional<Dialed> result = std::move(result_);
    done(error, result ? &*result : nullptr);
  });
}

}  // namespace sock::wire
