#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <span>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Freed memory is used again at once, also where AddressSanitizer would keep it for a while.
Program lean(Program program) {
  program.environment.emplace_back("ASAN_OPTIONS",
                                   "quarantine_size_mb=0:thread_local_quarantine_size_kb=0");
  return program;
}

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

bool raise_limit(rlim_t files) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < files) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace

TEST_CASE("5000 idle connections are held, at little cost, while one more is served") {
  constexpr std::size_t many = 5000;
  if (!raise_limit(many + 200)) {
    MESSAGE("this user may not open enough files");
    return;
  }
  for (const std::string mode : {"--echo", "--discard"}) {
    Program program = lean(Listener::program({"-k", mode}));
    program.deadline = 60s;
    Listener listener(std::move(program));
    std::vector<sock::Socket> held;
    held.reserve(many);
    // The first take what is allocated only once.
    const auto grow_to = [&](std::size_t size) {
      while (held.size() < size) held.push_back(client_of(listener));
      wait_until([&] { return descriptors_of(listener.process.pid()) >= size; });
    };
    grow_to(100);
    const std::size_t before = memory_of(listener.process.pid());
    grow_to(many);
    const std::size_t after = memory_of(listener.process.pid());
    const double each = (static_cast<double>(after) - static_cast<double>(before)) * 1024 /
                        static_cast<double>(many - 100);
    CAPTURE(each);
    CHECK(each < (sanitized ? 4096 : 1024));
    auto one_more = client_of(listener);
    if (mode == "--echo") CHECK(answer_to(one_more, "hello") == "hello");
    held.clear();
    one_more.close();
    wait_until([&] { return descriptors_of(listener.process.pid()) < 30; });
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("idle connections that are forwarded, or share a room, cost little") {
  constexpr std::size_t many = 1000;
  if (!raise_limit(3 * many + 200)) {
    MESSAGE("this user may not open enough files");
    return;
  }
  Program far_program = lean(Listener::program({"-k", "--discard"}));
  far_program.deadline = 60s;
  Listener far(std::move(far_program));
  for (const std::vector<std::string>& mode :
       {std::vector<std::string>{"--to", far.address}, std::vector<std::string>{"--broker"}}) {
    CAPTURE(mode[0]);
    std::vector<std::string> options{"-k"};
    options.insert(options.end(), mode.begin(), mode.end());
    Program program = lean(Listener::program(std::move(options)));
    program.deadline = 60s;
    Listener listener(std::move(program));
    const pid_t pid = listener.process.pid();
    const std::size_t of_each = mode[0] == "--to" ? 2 : 1;
    std::vector<sock::Socket> held;
    const auto grow_to = [&](std::size_t size) {
      while (held.size() < size) held.push_back(client_of(listener));
      wait_until([&] { return descriptors_of(pid) >= of_each * size; });
    };
    grow_to(100);
    const std::size_t before = memory_of(pid);
    grow_to(many);
    const double each =
        (static_cast<double>(memory_of(pid)) - static_cast<double>(before)) * 1024 / (many - 100);
    CAPTURE(each);
    CHECK(each < (sanitized ? 16 * 1024 : 4 * 1024));
    held.clear();
    wait_until([&] { return descriptors_of(pid) < 30; });
    CHECK(stop(listener).code == 0);
  }
  CHECK(stop(far).code == 0);
}

TEST_CASE("10000 connections in a row leave nothing behind") {
  Program program = lean(Listener::program({"-k", "--echo"}));
  program.deadline = 60s;
  Listener listener(std::move(program));
  const pid_t pid = listener.process.pid();
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      auto client = client_of(listener);
      if (answer_to(client, "hello") != "hello") FAIL("not echoed");
    }
  };
  rounds(1000);
  const std::size_t memory = memory_of(pid), descriptors = descriptors_of(pid);
  rounds(9000);
  wait_until([&] { return descriptors_of(pid) <= descriptors; });
  CHECK(memory_of(pid) <= memory + memory / 20);
  CHECK(stop(listener).code == 0);
}

TEST_CASE("forwarded connections and commands leave nothing behind") {
  Listener far({"-k", "--echo"});
  Listener near(lean(Listener::program({"-k", "--to", far.address})));
  const pid_t pid = near.process.pid();
  const auto forwarded = [&](int count) {
    for (int i = 0; i < count; ++i) {
      auto client = client_of(near);
      if (answer_to(client, std::string(100'000, 'x')).size() != 100'000) FAIL("not forwarded");
    }
  };
  const auto settled = [&] { wait_until([&] { return descriptors_of(pid) < 30; }); };
  forwarded(200);
  settled();
  const std::size_t memory = memory_of(pid);
  forwarded(800);
  settled();
  CHECK(memory_of(pid) <= memory + memory / 20);
  CHECK(stop(near).code == 0);
  CHECK(stop(far).code == 0);

  Listener commands({"-k"}, Input::null(), Output::captured(), {"--", "echo", "hello"});
  const std::size_t descriptors = descriptors_of(commands.process.pid());
  for (int i = 0; i < 100; ++i) {
    auto client = client_of(commands);
    CHECK(read_to_end(client) == "hello\n");
  }
  wait_until([&] {
    return children_of(commands.process.pid()).empty() &&
           descriptors_of(commands.process.pid()) <= descriptors;
  });
  CHECK(stop(commands).code == 0);
}

TEST_CASE("clients that say nothing, read nothing, reset or flood do not disturb others") {
  for (const std::string mode : {"--echo", "--discard", "--broker", "--chat"}) {
    CAPTURE(mode);
    Listener listener({"-k", mode});
    auto silent = client_of(listener);
    auto greedy = Peer::client(listener.port(), {Steps::write_until_refused(), Steps::stall()});
    if (mode != "--echo") greedy->proceed();
    for (int i = 0; i < 200; ++i) {
      auto rude = client_of(listener);
      const std::array<int, 2> at_once{1, 0};  // struct linger: its close is a reset
      rude.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(at_once)));
      if (i % 2 == 0) rude.sendall("bye");
    }
    if (mode == "--echo") {
      auto polite = client_of(listener);
      CHECK(answer_to(polite, "hello") == "hello");
    }
    CHECK(listener.process.running());
    const unsigned long before = ticks_of(listener.process.pid());
    if (mode == "--echo") {
      std::this_thread::sleep_for(300ms);  // what it does meanwhile is what is looked at
      CHECK(ticks_of(listener.process.pid()) - before < 10);
      greedy->proceed();
    }
    greedy.reset();
    silent.close();
    listener.process.signal(SIGINT);
    CHECK(listener.wait().signal == SIGINT);
  }
}

TEST_CASE("with 64 descriptors 200 clients are all served, and the shortage is told once") {
  for (const std::vector<std::string>& mode :
       {std::vector<std::string>{"--echo"}, std::vector<std::string>{"--", "cat"}}) {
    Program program;
    program.argv = {"sh", "-c",         "ulimit -n 64; exec \"$@\"", "sh", SOCK_PROGRAM, "listen",
                    "-k", "127.0.0.1:0"};
    program.argv.insert(program.argv.end(), mode.begin(), mode.end());
    program.deadline = 60s;
    Listener listener(std::move(program));
    std::vector<sock::Socket> clients;
    for (int i = 0; i < 200; ++i) {
      clients.push_back(client_of(listener));
      clients.back().sendall("x");
    }
    listener.process.wait_for_error("too many open files");
    const unsigned long before = ticks_of(listener.process.pid());
    std::this_thread::sleep_for(300ms);  // what it does meanwhile is what is looked at
    CHECK(ticks_of(listener.process.pid()) - before < 10);
    for (sock::Socket& client : clients) {
      CHECK(client.recv(1) == "x");
      client.close();
    }
    const Outcome outcome = stop(listener);
    CHECK(outcome.code == 0);
    const auto first = outcome.err.find("too many open files");
    CHECK(outcome.err.find("too many open files", first + 1) == std::string::npos);
  }
}

TEST_CASE("with hardly a descriptor to spare one is served after the other") {
  struct Row {
    std::vector<std::string> mode;
    int descriptors;
  };
  Listener target({"-k", "--echo"});
  for (const auto& [mode, descriptors] :
       {Row{{"--echo"}, 11}, Row{{"--to", target.address}, 14}, Row{{"--", "cat"}, 12}}) {
    INFO(mode.front());
    Program program;
    const std::string limited = "ulimit -n " + std::to_string(descriptors) + "; exec \"$@\"";
    program.argv = {"sh", "-c", limited, "sh", SOCK_PROGRAM, "listen", "-k", "127.0.0.1:0"};
    program.argv.insert(program.argv.end(), mode.begin(), mode.end());
    program.deadline = 60s;
    Listener listener(std::move(program));
    std::vector<sock::Socket> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(client_of(listener));
    for (sock::Socket& client : clients) {
      CHECK(answer_to(client, "x") == "x");
      client.close();
    }
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("commands that exit at once, never read, or leave a child behind do no harm") {
  struct Row {
    std::vector<std::string> command;
    const char* answer;
  };
  for (const Row& row :
       std::vector<Row>{{{"--", "true"}, ""},
                        {{"--", "sh", "-c", "exec sleep 0.1 <&-"}, ""},
                        {{"--", "sh", "-c", "sleep 600 >&- <&- 2>&- & echo left"}, "left\n"}}) {
    CAPTURE(row.command.back());
    Listener listener({"-k", "-v"}, Input::null(), Output::captured(), row.command);
    for (int i = 0; i < 3; ++i) {
      auto client = client_of(listener);
      try {
        client.sendall(std::string(10'000, 'x'));
        const std::string answer = read_to_end(client);
        CHECK(answer == row.answer);
      } catch (const sock::ConnectionError&) {  // it left our bytes unread
      }
    }
    listener.process.wait_for_error("exited, exit 0[^]*exited, exit 0[^]*exited, exit 0");
    CHECK(children_of(listener.process.pid()).empty());
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("a peer that never reads is waited for without being read from any more") {
  Listener far({"-k", "--discard"});
  Listener listener({"-k", "--to", far.address});
  auto client = client_of(listener);
  client.sendall(std::string(5'000'000, 'x'));
  client.close();

  Listener output({"-k"}, Input::null());
  output.process.close_output();
  auto writer = client_of(output);
  try {
    for (int i = 0; i < 100; ++i) writer.sendall(std::string(100'000, 'x'));
  } catch (const sock::ConnectionError&) {
  }
  CHECK(output.wait().code == 1);
  CHECK(stop(listener).code == 0);
  CHECK(stop(far).code == 0);
}

TEST_CASE("what the output did not take is counted where it ends the run") {
  Listener listener({"-k"}, Input::null(), Output::file("/dev/full"));
  auto client = client_of(listener);
  client.sendall("hello");
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("write standard output: no space left on device") != std::string::npos);
  CHECK(outcome.err.find("; 5 bytes received but not written") != std::string::npos);
}

TEST_CASE("what peers of other makes send comes back to them") {
  Listener listener({"-k", "--echo"});
  const std::string port = std::to_string(listener.port());
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"nc.openbsd", "-N", "127.0.0.1", port},
        std::vector<std::string>{"ncat", "127.0.0.1", port},
        std::vector<std::string>{"socat", "-t5", "-", "TCP:127.0.0.1:" + port},
        std::vector<std::string>{
            "python3", "-c",
            "import socket,sys\ns=socket.create_connection(('127.0.0.1'," + port +
                "))\ns.sendall(b'hello')\ns.shutdown(1)\nsys.stdout.write(s.recv(9).decode())"}}) {
    if (is_missing(command[0])) continue;
    CAPTURE(command[0]);
    Program program;
    program.argv = command;
    program.input = Input::bytes("hello");
    CHECK(support::run(std::move(program)).out == "hello");
  }
  CHECK(stop(listener).code == 0);
}
