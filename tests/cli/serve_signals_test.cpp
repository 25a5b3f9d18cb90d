#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::TempDir;

TEST_CASE("SIGTERM refuses who comes, and lets who is served finish: no byte is lost") {
  Listener far({"-k", "--echo"});
  Listener near({"-k", "--to", far.address});
  auto client = client_of(near);
  const std::string much = support::random_bytes(30'000'000);
  client.sendall(much.substr(0, 1000));
  CHECK(read_exactly(client, 1000).size() == 1000);
  std::thread writer([&] {
    client.sendall(much.substr(1000));
    client.shutdown(SHUT_WR);
  });
  CHECK(read_exactly(client, 1'000'000) == much.substr(1000, 1'000'000));
  near.process.signal(SIGTERM);
  wait_until([&] { return run_sock({"connect", near.address}).code == 4; });
  CHECK((read_to_end(client) == much.substr(1'001'000)));
  writer.join();
  client.close();
  const Outcome outcome = near.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("not finished") == std::string::npos);
}

TEST_CASE("--drain bounds how long SIGTERM waits, and 0 waits for nobody") {
  for (const std::string time : {"200ms", "0"}) {
    Listener listener({"-k", "--echo", "--drain", time});
    auto client = client_of(listener);
    CHECK(answer_to(client, "x") == "x");
    listener.process.signal(SIGTERM);
    CHECK(read_to_end(client) == "");
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("1 session was not finished within --drain") != std::string::npos);
  }
}

TEST_CASE("a second SIGTERM, and any SIGINT, ends the run at once") {
  Listener listener({"-k", "--echo"});
  auto client = client_of(listener);
  CHECK(answer_to(client, "x") == "x");
  listener.process.signal(SIGTERM);
  wait_until([&] { return run_sock({"connect", listener.address}).code == 4; });
  CHECK(answer_to(client, "y") == "y");
  listener.process.signal(SIGTERM);
  CHECK(listener.wait().signal == SIGTERM);

  Listener other({"-k", "--echo"});
  auto held = client_of(other);
  CHECK(answer_to(held, "x") == "x");
  other.process.signal(SIGINT);
  CHECK(other.wait().signal == SIGINT);
}

TEST_CASE("commands that run may finish after SIGTERM, and are ended by the second") {
  Listener listener({"-k"}, Input::null(), Output::captured(),
                    {"--", "sh", "-c", "read x; read y; echo $x $y"});
  auto client = client_of(listener);
  client.sendall("one\n");
  wait_until([&] { return children_of(listener.process.pid()).size() == 1; });
  listener.process.signal(SIGTERM);
  wait_until([&] { return run_sock({"connect", listener.address}).code == 4; });
  client.sendall("two\n");
  CHECK(read_to_end(client) == "one two\n");
  CHECK(listener.wait().code == 0);

  Listener other({"-k"}, Input::null(), Output::captured(), {"--", "sleep", "600"});
  auto held = client_of(other);
  wait_until([&] { return children_of(other.process.pid()).size() == 1; });
  const pid_t child = children_of(other.process.pid()).front();
  other.process.signal(SIGINT);
  CHECK(other.wait().signal == SIGINT);
  wait_until([&] { return ::kill(child, 0) != 0; });
  CHECK(read_to_end(held) == "");
}

TEST_CASE("SIGUSR1 says how things are") {
  Listener listener({"-k", "--echo"});
  auto client = client_of(listener);
  CHECK(answer_to(client, "hello") == "hello");
  listener.process.signal(SIGUSR1);
  listener.process.wait_for_error(
      "1 session, 1 served, 0 turned away; received 5 bytes \\([0-9]+/s\\), sent 5 bytes");
  CHECK(answer_to(client, "again") == "again");
  client.close();
  listener.process.signal(SIGTERM);
  CHECK(listener.wait().code == 0);
}

TEST_CASE("SIGHUP without an access file ends the run") {
  Listener listener({"-k", "--echo"});
  listener.process.signal(SIGHUP);
  CHECK(listener.wait().signal == SIGHUP);
}

TEST_CASE("readiness is told to a descriptor, a file and a service manager") {
  const TempDir directory;
  const auto file = directory / "ready";
  const std::string notify = (directory / "notify").string();
  sock::Socket manager(AF_UNIX, SOCK_DGRAM);
  manager.bind(sock::Address::unix_(notify));
  manager.settimeout(10s);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const sock::Fd reader(pipe[0]);
  sock::Fd writer(pipe[1]);

  Program program = sock_with({"listen", "-k", "-q", "--ready-fd", "5", "--ready-file",
                               file.string(), "127.0.0.1:0", "[::1]:0", "--", "env"});
  program.descriptors = {{writer.get(), 5}};
  program.environment = {{"NOTIFY_SOCKET", notify}};
  Process process(std::move(program));
  writer.reset();
  std::string told;
  for (std::array<char, 256> part{};;) {  // to the end: it closes it
    const ssize_t n = ::read(reader.get(), part.data(), part.size());
    REQUIRE(n >= 0);
    if (n == 0) break;
    told.append(part.data(), static_cast<std::size_t>(n));
  }
  CHECK(told.starts_with("127.0.0.1:"));
  CHECK(told.find("\n[::1]:") != std::string::npos);
  CHECK(told.ends_with("\n"));
  CHECK(manager.recv(100) == "READY=1");
  CHECK(support::read_file(file) == told);
  const std::string first = told.substr(0, told.find('\n'));
  const Outcome environment = run_sock({"connect", first});
  CHECK(environment.out.find("PROTO=TCP") != std::string::npos);
  CHECK(environment.out.find("NOTIFY_SOCKET") == std::string::npos);
  process.signal(SIGTERM);
  const Outcome outcome = process.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(manager.recv(100) == "STOPPING=1");
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("a service manager is told of the end, whatever the end is") {
  const TempDir directory;
  const std::string notify = (directory / "notify").string();
  sock::Socket manager(AF_UNIX, SOCK_DGRAM);
  manager.bind(sock::Address::unix_(notify));
  manager.settimeout(10s);
  const auto told_of = [&](std::vector<std::string> options) {
    Program program = Listener::program(std::move(options));
    program.environment = {{"NOTIFY_SOCKET", notify}};
    Listener listener(std::move(program));
    CHECK(manager.recv(100) == "READY=1");
    client_of(listener).close();
    CHECK(listener.wait().code == 0);
    CHECK(manager.recv(100) == "STOPPING=1");
  };
  told_of({"-k", "--echo", "--max-total", "1"});
  told_of({});
}

TEST_CASE("what says that it is ready must be open, or be made") {
  const Outcome closed = run_sock({"listen", "--ready-fd", "9", "127.0.0.1:0"});
  CHECK(closed.code == 2);
  CHECK(closed.err == "sock: open fd 9: bad file descriptor\n");
  const Outcome nowhere =
      run_sock({"listen", "-k", "--echo", "--ready-file", "/no/such/dir/x", "127.0.0.1:0"});
  CHECK(nowhere.code == 2);
  CHECK(nowhere.err.find("no such file") != std::string::npos);
}

TEST_CASE("--activated takes the sockets that were passed on, and complains where there are none") {
  sock::Socket passed = sock::create_server("127.0.0.1", 0);
  Program program = sock_with({"listen", "-k", "--echo", "--activated"});
  program.descriptors = {{passed.fileno(), 3}};
  program.environment = {{"LISTEN_FDS", "1"}};
  Process process(std::move(program));
  const std::string address = listening_address(process);
  CHECK(address == sock::to_string(passed.getsockname()));
  passed.close();
  CHECK(run_sock({"connect", address}, Input::bytes("hello")).out == "hello");
  process.signal(SIGTERM);
  CHECK(process.wait().code == 0);

  const Outcome none = run_sock({"listen", "-k", "--echo", "--activated"});
  CHECK(none.code == 2);
  CHECK(none.err.find("LISTEN_FDS") != std::string::npos);
  Program other = sock_with({"listen", "-k", "--echo", "--activated"});
  other.environment = {{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}};
  CHECK(support::run(std::move(other)).code == 2);

  Program promised = sock_with({"listen", "-k", "--echo", "--activated"});
  promised.environment = {{"LISTEN_FDS", "1"}};
  const Outcome missing = support::run(std::move(promised));
  CHECK(missing.code == 8);
  CHECK(missing.err.find("adopt fd:3: ") != std::string::npos);
}

TEST_CASE("a port that is in use is exit code 8, and who has it is said") {
  Listener first({"-k", "--echo"});
  const Outcome outcome = run_sock({"listen", "-k", "--echo", first.address});
  CHECK(outcome.code == 8);
  CHECK(outcome.err.find("process " + std::to_string(first.process.pid()) + " (sock) has it") !=
        std::string::npos);
}
