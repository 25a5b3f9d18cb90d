#include "io/loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sock/error.hpp"

namespace sock::io {

namespace {

bool has(Interest interest, Interest part) noexcept {
  return (static_cast<unsigned>(interest) & static_cast<unsigned>(part)) != 0;
}

std::uint32_t epoll_events(Interest interest) noexcept {
  // The kernel reports hang-ups and errors whether asked to or not. Without EPOLLONESHOT a watch
  // that waits for nothing would be told of a hang-up at every turn.
  if (interest == Interest::none) return EPOLLONESHOT;
  return (has(interest, Interest::read) ? std::uint32_t{EPOLLIN} : 0) |
         (has(interest, Interest::write) ? std::uint32_t{EPOLLOUT} : 0);
}

}  // namespace

struct Watch::Entry : std::enable_shared_from_this<Watch::Entry> {
  Entry(Loop::State& l, FdRef f, Interest i, const char* n, Loop::Callback c)
      : loop(l), fd(f), interest(i), name(n), callback(std::move(c)) {}

  Loop::State& loop;
  FdRef fd;
  Interest interest;
  const char* name;
  Loop::Callback callback;
  bool always_ready = false;
  unsigned fruitless = 0;  // calls in a row that got nowhere
};

struct Loop::State {
  using Entry = Watch::Entry;
  struct Pending {
    Entry* entry;  // null: its watch was destroyed since
    std::uint32_t events;
  };

  State() : epoll(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll) {
      const int err = errno;
      throw_errno(err, "epoll_create1");
    }
  }

  void add(Entry&);
  void change(Entry&, Interest);
  void remove(Entry&) noexcept;

  void turn();
  int patience() const;
  void collect();
  void call(const Pending&);
  void fire_timers();

  Fd epoll;
  std::size_t watches = 0;
  std::vector<Entry*> always_ready;
  std::vector<Pending> pending;  // of this turn
  Timers timers;
  std::optional<Clock::time_point> now;
  bool running = false;
  bool stopped = false;
};

void Loop::State::add(Entry& entry) {
  epoll_event event{};
  event.events = epoll_events(entry.interest);
  event.data.ptr = &entry;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, entry.fd.get(), &event) != 0) {
    const int err = errno;
    if (err != EPERM) throw_errno(err, "watch", entry.name);
    always_ready.push_back(&entry);
    entry.always_ready = true;
  }
  ++watches;
}

void Loop::State::change(Entry& entry, Interest interest) {
  if (interest == entry.interest) return;
  if (!entry.always_ready) {
    epoll_event event{};
    event.events = epoll_events(interest);
    event.data.ptr = &entry;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_MOD, entry.fd.get(), &event) != 0) {
      const int err = errno;
      // Its file was replaced under the descriptor (dup2), and closing the old one ended its watch.
      if (err != ENOENT && err != EPERM) throw_errno(err, "watch", entry.name);
      entry.interest = interest;
      add(entry);
      --watches;
      return;
    }
  }
  entry.interest = interest;
}

void Loop::State::remove(Entry& entry) noexcept {
  if (entry.always_ready)
    std::erase(always_ready, &entry);
  else
    ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, entry.fd.get(), nullptr);
  for (Pending& p : pending)
    if (p.entry == &entry) p.entry = nullptr;
  --watches;
}

// For epoll_wait: -1 for ever, 0 not at all, else milliseconds, rounded up so that no timer is
// found not yet due.
int Loop::State::patience() const {
  for (const Entry* entry : always_ready)
    if (entry->interest != Interest::none) return 0;
  const auto next = timers.next();
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

void Loop::State::collect() {
  std::array<epoll_event, 64> events;
  const int n =
      ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), patience());
  if (n < 0) {
    const int err = errno;
    if (err != EINTR) throw_errno(err, "epoll_wait");
  }
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    pending.push_back({static_cast<Entry*>(event.data.ptr), event.events});
  }
  for (Entry* entry : always_ready)
    if (entry->interest != Interest::none) pending.push_back({entry, EPOLLIN | EPOLLOUT});
}

void Loop::State::call(const Pending& p) {
  const auto entry = p.entry->shared_from_this();  // its callback may destroy its watch
  Ready ready;
  ready.hangup = (p.events & EPOLLHUP) != 0;
  ready.error = (p.events & EPOLLERR) != 0;
  const bool trouble = ready.hangup || ready.error;
  // The interest of now: it may have changed since epoll_wait.
  ready.read = has(entry->interest, Interest::read) && (trouble || (p.events & EPOLLIN) != 0);
  ready.write = has(entry->interest, Interest::write) && (trouble || (p.events & EPOLLOUT) != 0);
  if (!ready.read && !ready.write && !trouble) return;

  [[maybe_unused]] const bool fruitful = entry->callback(ready);
#ifndef NDEBUG
  entry->fruitless = fruitful ? 0 : entry->fruitless + 1;
  if (entry->fruitless >= 1000)
    throw std::logic_error(std::string("busy loop: watch \"") + entry->name +
                           "\" is ready again and again and gets nowhere");
#endif
}

void Loop::State::fire_timers() {
  if (timers.empty()) return;
  if (!now) now = Clock::now();
  for (const Timers::Id& id : timers.due(*now)) {
    if (stopped) return;
    if (const auto callback = timers.take(id)) callback();
  }
}

void Loop::State::turn() {
  now.reset();
  pending.clear();
  collect();
  for (std::size_t i = 0; i < pending.size() && !stopped; ++i)
    if (pending[i].entry != nullptr) call(pending[i]);
  // After the descriptors: what came in time counts, even when the loop was late.
  fire_timers();
}

Watch::Watch(std::shared_ptr<Entry> entry) noexcept : entry_(std::move(entry)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&& other) noexcept {
  Watch moved(std::move(other));
  entry_.swap(moved.entry_);
  return *this;
}
Watch::~Watch() {
  if (entry_) entry_->loop.remove(*entry_);
}
void Watch::set(Interest interest) { entry_->loop.change(*entry_, interest); }

Timer::Timer(Loop& loop, const Timers::Id& id) noexcept : loop_(&loop), id_(id) {}
Timer::Timer(Timer&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)), id_(other.id_) {}
Timer& Timer::operator=(Timer&& other) noexcept {
  Timer moved(std::move(other));
  std::swap(loop_, moved.loop_);
  std::swap(id_, moved.id_);
  return *this;
}
Timer::~Timer() {
  if (loop_) loop_->state_->timers.cancel(id_);
}

Loop::Loop() : state_(std::make_unique<State>()) {}
Loop::~Loop() = default;

Watch Loop::watch(FdRef fd, Interest interest, const char* name, Callback callback) {
  auto entry = std::make_shared<Watch::Entry>(*state_, fd, interest, name, std::move(callback));
  state_->add(*entry);
  return Watch(std::move(entry));
}

Timer Loop::at(Clock::time_point at, std::function<void()> callback) {
  return Timer(*this, state_->timers.add(at, std::move(callback)));
}

Timer Loop::after(Clock::duration delay, std::function<void()> callback) {
  const auto start = Clock::now();
  const auto most = Clock::time_point::max() - start;
  return at(start + std::min(delay, most), std::move(callback));
}

void Loop::run() {
  struct Running {
    State& state;
    explicit Running(State& s) : state(s) { state.running = true; }
    ~Running() { state.running = state.stopped = false; }
  } running(*state_);
  while (!state_->stopped && (state_->watches != 0 || !state_->timers.empty())) state_->turn();
}

void Loop::stop() noexcept { state_->stopped = true; }

Clock::time_point Loop::now() const noexcept {
  if (!state_->running) return Clock::now();
  if (!state_->now) state_->now = Clock::now();
  return *state_->now;
}

}  // namespace sock::io
