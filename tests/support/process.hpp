// Running programs under a deadline, and what they said.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

// What a program has as its standard input.
struct Input {
  enum class Kind { null, bytes, file, terminal, pipe_from, open, closed, descriptor };
  Kind kind = Kind::null;
  std::string data;  // the bytes, or a path
  int fd = -1;

  static Input null() { return {}; }  // /dev/null
  static Input bytes(std::string_view text) { return {Kind::bytes, std::string(text)}; }
  static Input file(const std::filesystem::path& p) { return {Kind::file, p.string()}; }
  // The path of a terminal, which becomes its controlling one.
  static Input terminal(const std::string& path) { return {Kind::terminal, path}; }
  // A pipe through which the file's bytes come.
  static Input pipe_from(const std::filesystem::path& p) { return {Kind::pipe_from, p.string()}; }
  static Input open() { return {Kind::open, {}}; }      // a pipe: write() and close_input()
  static Input closed() { return {Kind::closed, {}}; }  // no descriptor 0 at all
  static Input descriptor(int fd) { return {Kind::descriptor, {}, fd}; }  // borrowed
};

// Where its standard output goes.
struct Output {
  enum class Kind { captured, file, pipe_to, closed, descriptor };
  Kind kind = Kind::captured;
  std::string path;
  int fd = -1;

  static Output captured() { return {}; }
  static Output file(const std::filesystem::path& p) { return {Kind::file, p.string()}; }
  // A pipe whose bytes end up in the file.
  static Output pipe_to(const std::filesystem::path& p) { return {Kind::pipe_to, p.string()}; }
  static Output closed() { return {Kind::closed, {}}; }
  static Output descriptor(int fd) { return {Kind::descriptor, {}, fd}; }
};

struct Program {
  std::vector<std::string> argv{};  // argv[0] is looked up in PATH
  Input input{};
  Output output{};
  std::vector<std::pair<std::string, std::string>> environment{};  // added to ours
  std::vector<std::pair<int, int>> descriptors{};                  // (ours, theirs), besides 0 to 2
  std::chrono::milliseconds deadline{20'000};
};

struct Outcome {
  int code = -1;   // exit code, -1 when a signal ended it
  int signal = 0;  // the signal that ended it
  std::string out, err;
  std::chrono::milliseconds took{};
};

// A running program, in a session of its own (a terminal that is its input becomes its controlling
// terminal). At the deadline it is killed with all it started, and whoever waits gets a
// std::runtime_error with everything it printed. Destroying it kills it too.
class Process {
 public:
  explicit Process(Program);
  ~Process();
  Process(Process&&) noexcept;

  pid_t pid() const noexcept;
  // Waits until the standard error (the captured output) matches the ECMAScript regular expression,
  // and returns its first group, or the whole match where it has none.
  std::string wait_for_error(const std::string& regex);
  std::string wait_for_output(const std::string& regex);
  // Waits until so many bytes of its output were captured.
  void wait_for_output(std::size_t bytes);
  // For Input::open.
  void write(std::string_view);
  void close_input();
  void signal(int);
  // Stops reading its standard output and closes our end of it.
  void close_output();
  bool running() const;
  Outcome wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Outcome run(Program);

// Is there a program of this name in PATH?
bool installed(std::string_view program);

}  // namespace support
