// The same bytes with the tools people have at the other end.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

constexpr std::uint64_t size = 16ULL << 20;
constexpr auto limit = std::chrono::minutes(1);

using Words = std::vector<std::string>;

// How each tool is told to tell the peer of the end of its input, and to stay for the rest.
struct Tool {
  const char* program;
  Words (*connect)(const std::string& port);
  Words (*listen)(const std::string& port);  // talks on stderr once it listens
  // Never tells of the end of its input: -q closes both ways, which only a sender can bear.
  Words sender;
};

const Tool tools[] = {
    {"nc.openbsd",
     [](const std::string& port) {
       return Words{"-N", "127.0.0.1", port};
     },
     [](const std::string& port) {
       return Words{"-v", "-N", "-l", "127.0.0.1", port};
     },
     {}},
    {"nc.traditional",
     [](const std::string& port) {
       return Words{"127.0.0.1", port};
     },
     [](const std::string& port) { return Words{"-v", "-n", "-l", "-s", "127.0.0.1", "-p", port}; },
     {"-q", "1"}},
    {"socat",
     [](const std::string& port) {
       return Words{"-t", "30", "-", "TCP:127.0.0.1:" + port};
     },
     [](const std::string& port) {
       return Words{"-d", "-d", "-t", "30", "TCP-LISTEN:" + port + ",bind=127.0.0.1", "-"};
     },
     {}},
    {"ncat",
     [](const std::string& port) {
       return Words{"127.0.0.1", port};
     },
     [](const std::string& port) {
       return Words{"-v", "-l", "127.0.0.1", port};
     },
     {}},
};

Program program(const Tool& tool, Words arguments, Input input, Output output, bool sends) {
  if (sends) arguments.insert(arguments.begin(), tool.sender.begin(), tool.sender.end());
  arguments.insert(arguments.begin(), tool.program);
  Program program;
  program.argv = std::move(arguments);
  program.input = std::move(input);
  program.output = std::move(output);
  program.deadline = limit;
  return program;
}

template <class Body>
void with_each_tool(Body body) {
  support::TempDir dir;
  support::write_random(dir / "in", size);
  for (const Tool& tool : tools) {
    if (is_missing(tool.program)) continue;
    INFO(std::string(tool.program));
    body(tool, dir / "in", dir / "out");
    CHECK(support::same_bytes(dir / "in", dir / "out"));
  }
}

// A tool that listens, once it does.
struct ListeningTool {
  std::string port = std::to_string(support::free_port());
  Process process;
  ListeningTool(const Tool& tool, Input input, Output output, bool sends)
      : process(program(tool, tool.listen(port), std::move(input), std::move(output), sends)) {
    process.wait_for_error("[Ll]istening on");
  }
};

}  // namespace

TEST_CASE("connect sends a file to the listener of each peer") {
  with_each_tool([](const Tool& tool, const auto& in, const auto& out) {
    ListeningTool peer(tool, Input::null(), Output::file(out), false);
    const Outcome sent = support::run(
        with_deadline(sock_with({"connect", "127.0.0.1", peer.port}, Input::file(in)), limit));
    CHECK(sent.code == 0);
    CHECK(sent.err == "");
    CHECK(peer.process.wait().code == 0);
  });
}

TEST_CASE("connect receives a file from the listener of each peer") {
  // -r: most of them stop sending when they are told that we have nothing to say.
  with_each_tool([](const Tool& tool, const auto& in, const auto& out) {
    ListeningTool peer(tool, Input::file(in), Output::captured(), true);
    const Outcome received = support::run(with_deadline(
        sock_with({"connect", "-r", "127.0.0.1", peer.port}, Input::null(), Output::file(out)),
        limit));
    CHECK(received.code == 0);
    CHECK(received.err == "");
    CHECK(peer.process.wait().code == 0);
  });
}

TEST_CASE("listen receives a file from the client of each peer") {
  with_each_tool([](const Tool& tool, const auto& in, const auto& out) {
    Listener listener(
        with_deadline(Listener::program({}, Input::null(), Output::file(out)), limit));
    const auto port = std::to_string(listener.port());
    const Outcome sent =
        support::run(program(tool, tool.connect(port), Input::file(in), Output::captured(), true));
    CHECK(sent.code == 0);
    CHECK(listener.wait().code == 0);
  });
}

TEST_CASE("listen sends a file to the client of each peer") {
  with_each_tool([](const Tool& tool, const auto& in, const auto& out) {
    Listener listener(with_deadline(Listener::program({}, Input::file(in)), limit));
    const auto port = std::to_string(listener.port());
    const Outcome received =
        support::run(program(tool, tool.connect(port), Input::null(), Output::file(out), false));
    CHECK(received.code == 0);
    CHECK(listener.wait().code == 0);
  });
}

TEST_CASE("both ways at once with each peer that can end one way alone") {
  support::TempDir dir;
  support::write_random(dir / "two", size, 2);
  with_each_tool([&](const Tool& tool, const auto& in, const auto& out) {
    const bool ends_one_way = tool.sender.empty();
    Listener listener(
        with_deadline(Listener::program({}, Input::file(dir / "two"), Output::file(out)), limit));
    const auto port = std::to_string(listener.port());
    const Outcome peer = support::run(program(tool, tool.connect(port), Input::file(in),
                                              Output::file(dir / "back"), !ends_one_way));
    CHECK(peer.code == 0);
    const Outcome over = listener.wait();
    if (!ends_one_way) return;
    CHECK(over.code == 0);
    CHECK(support::same_bytes(dir / "two", dir / "back"));
  });
}

TEST_CASE("Unix sockets of the peers") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  const Words clients[] = {{"nc.openbsd", "-N", "-U", path},
                           {"ncat", "-U", path},
                           {"socat", "-t", "30", "-", "UNIX-CONNECT:" + path}};
  for (const Words& client : clients) {
    if (is_missing(client[0])) continue;
    INFO(client[0]);
    Process listener(sock_with({"listen", path}, Input::bytes("from listen")));
    listening_address(listener);
    Program program;
    program.argv = client;
    program.input = Input::bytes("from the peer");
    const Outcome peer = support::run(program);
    CHECK(peer.code == 0);
    CHECK(peer.out == "from listen");
    const Outcome over = listener.wait();
    CHECK(over.code == 0);
    CHECK(over.out == "from the peer");
  }
}
