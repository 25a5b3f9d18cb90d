#include "cmd/phase.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cmd/console.hpp"
#include "io/loop.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t longest = 300;

// Static, for a handler has no other way to it. Its size is 0 while the text changes.
struct State {
  std::array<char, longest> text{};
  std::atomic<std::size_t> size{0};
  std::atomic<const char*> counted{nullptr};
  std::atomic<std::uint64_t> count{0};
  std::atomic<bool> silent{false};
  io::Clock::time_point start{};
};
static_assert(std::atomic<std::size_t>::is_always_lock_free);
State state;

// A line in a room of its own: nothing is allocated.
class Line {
 public:
  void add(std::string_view text) noexcept {
    const std::size_t length = std::min(text.size(), room_.size() - size_);
    std::copy_n(text.data(), length, room_.data() + size_);
    size_ += length;
  }
  void add(std::uint64_t number) noexcept {
    const auto end = std::to_chars(room_.data() + size_, room_.data() + room_.size(), number);
    if (end.ec == std::errc()) size_ = static_cast<std::size_t>(end.ptr - room_.data());
  }
  std::string_view text() const noexcept { return {room_.data(), size_}; }

 private:
  std::array<char, longest + 200> room_;
  std::size_t size_ = 0;
};

extern "C" void on_signal(int) {
  const int err = errno;
  Phase::say();
  errno = err;
}

}  // namespace

void Phase::answer_signal() noexcept {
  state.start = io::Clock::now();
  struct sigaction action {
  }, before{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(SIGUSR1, &action, &before) == 0 && before.sa_handler == SIG_IGN)
    ::sigaction(SIGUSR1, &before, nullptr);
}

void Phase::begin(std::string_view what) {
  const std::string text = printable(what);
  const std::size_t size = std::min(text.size(), longest);
  state.size = 0;
  std::copy_n(text.data(), size, state.text.data());
  state.size = size;
}

void Phase::count_as(const char* what) noexcept { state.counted = what; }
void Phase::count() noexcept { ++state.count; }
void Phase::be_silent() noexcept { state.silent = true; }

void Phase::say() noexcept {
  if (state.silent) return;
  const std::size_t size = state.size;
  Line line;
  line.add("still ");
  line.add(size == 0 ? "starting" : std::string_view(state.text.data(), size));
  if (const std::uint64_t count = state.count; count != 0) {
    line.add(", ");
    line.add(state.counted.load());
    line.add(" ");
    line.add(count);
  }
  const auto tenths =
      static_cast<std::uint64_t>((io::Clock::now() - state.start) / std::chrono::milliseconds(100));
  line.add(", after ");
  line.add(tenths / 10);
  line.add(".");
  line.add(tenths % 10);
  line.add("s\n");
  write_all(FdRef(2), line.text());
}

void PhaseWatch::resolving(std::string_view name) {
  Phase::begin("resolving " + std::string(name));
}
void PhaseWatch::attempt(std::string_view address) {
  Phase::count_as("attempt");
  Phase::count();
  Phase::begin("connecting to " + std::string(address));
}
void PhaseWatch::retrying(std::string_view target, const std::exception_ptr&,
                          std::chrono::nanoseconds) {
  Phase::begin("waiting to connect to " + std::string(target) + " again");
}
void PhaseWatch::connected(const Socket&, std::string_view address, std::chrono::nanoseconds) {
  Phase::begin("connected to " + std::string(address));
}
void PhaseWatch::listening(const Socket&, std::string_view address) {
  Phase::begin("listening on " + std::string(address));
}
void PhaseWatch::started(const io::Program& program) {
  Phase::begin("running " + std::string(program.command));
}

}  // namespace sock::cmd
