#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "sock/fd.hpp"

namespace support {
namespace {

using Clock = std::chrono::steady_clock;
using sock::Fd;

[[noreturn]] void fail(int err, const std::string& what) {
  throw std::system_error(err, std::generic_category(), what);
}

// Above the numbers that the program will use, so that dup2 in the child never overwrites one.
Fd out_of_the_way(Fd fd) {
  const int high = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 100);
  if (high < 0) fail(errno, "fcntl");
  return Fd(high);
}

Fd open_file(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) fail(errno, path);
  return out_of_the_way(Fd(fd));
}

std::pair<Fd, Fd> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) fail(errno, "pipe2");
  Fd read(fds[0]), write(fds[1]);
  return {out_of_the_way(std::move(read)), out_of_the_way(std::move(write))};
}

// How the program sees its descriptors.
class Spawn {
 public:
  Spawn() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  void give(Fd fd, int theirs) {
    ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), theirs);
    kept_.push_back(std::move(fd));
  }
  void give_copy(int ours, int theirs) {
    const int fd = ::fcntl(ours, F_DUPFD_CLOEXEC, 100);
    if (fd < 0) fail(errno, "fcntl");
    give(Fd(fd), theirs);
  }
  void open(int theirs, const std::string& path, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, theirs, path.c_str(), flags, 0600);
  }
  // What others have left open in us is not the program's.
  void close_from(int theirs) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, theirs); }
  void close(int theirs) { ::posix_spawn_file_actions_addclose(&actions_, theirs); }

  pid_t start(const Program& program) {
    std::vector<char*> argv;
    for (const auto& word : program.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::map<std::string, std::string> variables;
    for (char** e = ::environ; *e; ++e) {
      const std::string_view text(*e);
      const auto equals = text.find('=');
      if (equals != text.npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    for (const auto& [name, value] : program.environment) variables[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + '=' + value);
    std::vector<char*> environment;
    for (auto& line : lines) environment.push_back(line.data());
    environment.push_back(nullptr);

    pid_t pid;
    const int err =
        ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environment.data());
    if (err != 0) fail(err, program.argv[0]);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<Fd> kept_;
};

}  // namespace

// A thread moves the bytes and watches the clock; everything below is under the mutex but for what
// only that thread touches.
struct Process::State {
  explicit State(Program p) : program(std::move(p)) {
    Spawn spawn;
    open_input(spawn);
    open_output(spawn);
    auto [error_read, error_write] = make_pipe();
    error_from = std::move(error_read);
    spawn.give(std::move(error_write), 2);
    int last = 2;
    for (const auto& [ours, theirs] : program.descriptors) {
      spawn.give_copy(ours, theirs);
      last = std::max(last, theirs);
    }
    spawn.close_from(last + 1);
    wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    pid = spawn.start(program);
    pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) fail(errno, "pidfd_open");
    pump = std::thread([this] { run(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      abandoned = true;
    }
    poke();
    pump.join();
  }

  void open_input(Spawn& spawn) {
    using Kind = Input::Kind;
    switch (const Input& input = program.input; input.kind) {
      case Kind::null:
        return spawn.open(0, "/dev/null", O_RDONLY);

      case Kind::file:
        return spawn.open(0, input.data, O_RDONLY);
      case Kind::terminal:
        return spawn.open(0, input.data, O_RDWR);
      case Kind::closed:
        return spawn.close(0);
      case Kind::descriptor:
        return spawn.give_copy(input.fd, 0);
      case Kind::bytes:
        pending = input.data;
        break;
      case Kind::pipe_from:
        source = open_file(input.data, O_RDONLY);
        break;
      case Kind::open:
        input_open = true;
        break;
    }
    auto [read, write] = make_pipe();
    ::fcntl(write.get(), F_SETFL, O_NONBLOCK);
    input_to = std::move(write);
    spawn.give(std::move(read), 0);
  }

  void open_output(Spawn& spawn) {
    using Kind = Output::Kind;
    switch (const Output& output = program.output; output.kind) {
      case Kind::file:
        return spawn.open(1, output.path, O_WRONLY | O_CREAT | O_TRUNC);
      case Kind::closed:
        return spawn.close(1);
      case Kind::descriptor:
        return spawn.give_copy(output.fd, 1);
      case Kind::pipe_to:
        sink = open_file(output.path, O_WRONLY | O_CREAT | O_TRUNC);
        break;
      case Kind::captured:
        break;
    }
    auto [read, write] = make_pipe();
    output_from = std::move(read);
    spawn.give(std::move(write), 1);
  }

  void poke() {
    const std::uint64_t one = 1;
    (void)!::write(wake.get(), &one, sizeof one);
  }

  // Fills `pending` from the source file. Under the mutex.
  void refill() {
    if (!pending.empty() || !source) return;
    pending.resize(1 << 20);
    const ssize_t n = ::read(source.get(), pending.data(), pending.size());
    pending.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    if (pending.empty()) source.reset();
  }

  void feed() {
    const std::lock_guard lock(mutex);
    refill();
    if (!pending.empty()) {
      const ssize_t n = ::write(input_to.get(), pending.data(), pending.size());
      if (n > 0) pending.erase(0, static_cast<std::size_t>(n));
      if (n < 0 && errno == EPIPE) {
        pending.clear();
        source.reset();
        input_open = false;
      }
    }
    refill();
    if (pending.empty() && !source && !input_open) input_to.reset();
  }

  // Reads once; closes at the end.
  void drain(Fd& from, std::string& into, const Fd* file) {
    std::array<char, 256 * 1024> bytes;
    const ssize_t n = ::read(from.get(), bytes.data(), bytes.size());
    const std::lock_guard lock(mutex);
    if (n <= 0)
      from.reset();
    else if (file && *file)
      (void)!::write(file->get(), bytes.data(), static_cast<std::size_t>(n));
    else
      into.append(bytes.data(), static_cast<std::size_t>(n));
    changed.notify_all();
  }

  void run() {
    sigset_t pipe;  // a program that is gone is EPIPE, not our end
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
      std::array<pollfd, 5> waits;
      {
        const std::lock_guard lock(mutex);
        if (output_unwanted) output_from.reset();
        if (abandoned || (exited && !output_from && !error_from)) break;
        const bool feeding = !pending.empty() || source || !input_open;
        waits = {{{feeding ? input_to.get() : -1, POLLOUT, 0},
                  {output_from.get(), POLLIN, 0},
                  {error_from.get(), POLLIN, 0},
                  {exited ? -1 : pidfd.get(), POLLIN, 0},
                  {wake.get(), POLLIN, 0}}};
      }
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(started + program.deadline - Clock::now());
      if (left.count() <= 0) {
        const std::lock_guard lock(mutex);
        late = true;
        break;
      }
      if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) < 0) continue;
      if (waits[0].revents) feed();
      if (waits[1].revents) drain(output_from, outcome.out, &sink);
      if (waits[2].revents) drain(error_from, outcome.err, nullptr);
      if (waits[3].revents) note_exit();
      if (waits[4].revents) {
        std::uint64_t count;
        (void)!::read(wake.get(), &count, sizeof count);
      }
    }
    ::kill(-pid, SIGKILL);
    note_exit();
    const std::lock_guard lock(mutex);
    int status;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    input_to.reset();
    output_from.reset();
    finished = true;
    changed.notify_all();
  }

  // Leaves it to be reaped: its process group keeps its number until everything in it is killed.
  void note_exit() {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    const std::lock_guard lock(mutex);
    if (exited) return;
    exited = true;
    if (info.si_code == CLD_EXITED)
      outcome.code = info.si_status;
    else
      outcome.signal = info.si_status;
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
    changed.notify_all();
  }

  // Under the mutex.
  std::string report(const std::string& problem) const {
    std::string text = problem + ":";
    for (const auto& word : program.argv) text += ' ' + word;
    const auto shown = [](const std::string& s) {
      return s.size() <= 2000 ? s
                              : s.substr(0, 2000) + "... (" + std::to_string(s.size()) + " bytes)";
    };
    return text + "\nstdout: " + shown(outcome.out) + "\nstderr: " + shown(outcome.err);
  }

  std::string wait_for(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::smatch match;
    std::unique_lock lock(mutex);
    for (;;) {
      if (std::regex_search(text, match, regex)) return match[match.size() > 1 ? 1 : 0];
      if (finished) throw std::runtime_error(report("never matched /" + pattern + "/"));
      changed.wait(lock);
    }
  }

  Program program;
  pid_t pid = -1;
  Fd pidfd, wake, input_to, output_from, error_from, source, sink;
  std::string pending;
  bool input_open = false, output_unwanted = false, abandoned = false;
  bool exited = false, late = false, finished = false;
  Outcome outcome;
  Clock::time_point started = Clock::now();
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::thread pump;
};

Process::Process(Program program) : state_(std::make_unique<State>(std::move(program))) {}
Process::~Process() = default;
Process::Process(Process&&) noexcept = default;

pid_t Process::pid() const noexcept { return state_->pid; }

std::string Process::wait_for_error(const std::string& regex) {
  return state_->wait_for(state_->outcome.err, regex);
}

std::string Process::wait_for_output(const std::string& regex) {
  return state_->wait_for(state_->outcome.out, regex);
}

void Process::wait_for_output(std::size_t bytes) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock,
                       [&] { return state_->finished || state_->outcome.out.size() >= bytes; });
  if (state_->outcome.out.size() < bytes)
    throw std::runtime_error(state_->report("never wrote " + std::to_string(bytes) + " bytes"));
}

void Process::write(std::string_view text) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->pending += text;
  }
  state_->poke();
}

void Process::close_input() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->input_open = false;
  }
  state_->poke();
}

void Process::close_output() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->output_unwanted = true;
  }
  state_->poke();
}

void Process::signal(int number) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->finished) ::kill(state_->pid, number);
}

bool Process::running() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->exited;
}

Outcome Process::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->finished; });
  if (state_->late) throw std::runtime_error(state_->report("not done by its deadline"));
  return state_->outcome;
}

Outcome run(Program program) { return Process(std::move(program)).wait(); }

bool installed(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto file = std::filesystem::path(rest.substr(0, colon)) / program;
    if (::access(file.c_str(), X_OK) == 0) return true;
    rest = colon == rest.npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

}  // namespace support
