// Several threads that serve: what is limited, counted and told is so for all of them.
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

Listener workers(std::vector<std::string> options, std::vector<std::string> command = {}) {
  options.insert(options.begin(), {"-k", "--workers", "3"});
  return Listener(std::move(options), Input::null(), Output::captured(), std::move(command));
}

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

std::vector<sock::Socket> clients_of(const Listener& listener, int count) {
  std::vector<sock::Socket> clients;
  for (int i = 0; i < count; ++i) clients.push_back(client_of(listener));
  return clients;
}

bool is_closed(sock::Socket& client) {
  try {
    return client.recv(1).empty();
  } catch (const sock::ConnectionResetError&) {
    return true;
  }
}

}  // namespace

TEST_CASE("all of many are served by several threads, in every mode that can be") {
  const support::TempDir dir;
  support::write_file(dir / "file", "hello");
  Listener far({"-k", "--echo"});
  struct Row {
    std::vector<std::string> options, command;
    bool answers;
  };
  for (const Row& row : std::vector<Row>{{{"--echo"}, {}, true},
                                         {{"--discard"}, {}, false},
                                         {{"--send", (dir / "file").string()}, {}, true},
                                         {{"--to", far.address}, {}, true},
                                         {{}, {"--", "cat"}, true}}) {
    CAPTURE(row.options.size());
    Listener listener = workers(row.options, row.command);
    namespace fs = std::filesystem;
    const auto threads = fs::directory_iterator(proc(listener.process.pid(), "task"));
    CHECK(std::distance(threads, fs::directory_iterator()) >= 3);
    std::vector<sock::Socket> clients = clients_of(listener, 30);
    for (sock::Socket& client : clients) client.sendall("hello");
    for (sock::Socket& client : clients)
      if (row.answers) CHECK(read_exactly(client, 5) == "hello");
    clients.clear();
    const Outcome outcome = stop(listener);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("failed") == std::string::npos);
  }
  CHECK(stop(far).code == 0);
}

TEST_CASE("the limits of how many are those of all threads together") {
  Listener few = workers({"--echo", "--max-conns", "4"});
  std::vector<sock::Socket> clients = clients_of(few, 12);
  for (sock::Socket& client : clients) client.sendall("x");
  const auto is_served = [](sock::Socket& client) {
    std::byte byte{};
    return client.try_recv({&byte, 1}, MSG_PEEK).has_value();
  };
  while (!clients.empty()) {
    // Nobody else gets an answer until one of them has left.
    const auto expected = static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, clients.size()));
    wait_until(
        [&] { return std::count_if(clients.begin(), clients.end(), is_served) >= expected; });
    CHECK(std::count_if(clients.begin(), clients.end(), is_served) == expected);
    clients.erase(std::find_if(clients.begin(), clients.end(), is_served));
  }
  CHECK(stop(few).code == 0);

  Listener of_host = workers({"--echo", "--max-per-peer", "4"});
  std::vector<sock::Socket> many = clients_of(of_host, 12);
  std::size_t turned_away = 0;
  for (sock::Socket& client : many) {
    try {
      client.sendall("x");
      if (client.recv(1).empty()) ++turned_away;
    } catch (const sock::ConnectionError&) {
      ++turned_away;
    }
  }
  CHECK(turned_away == 8);
  many.clear();
  CHECK(stop(of_host).code == 0);
}

TEST_CASE("--max-total ends the run of all threads, and each peer was served") {
  Listener listener = workers({"-v", "--echo", "--max-total", "50"});
  for (int i = 0; i < 50; ++i) {
    auto client = client_of(listener);
    CHECK(answer_to(client, "x") == "x");
  }
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("turned away") == std::string::npos);
}

TEST_CASE("TLS is spoken by each thread, in every mode, and who says nothing holds nobody up") {
  const Secured secured;
  Listener far({"-k", "--echo"});
  struct Row {
    std::vector<std::string> options, command;
  };
  for (const Row& row :
       std::vector<Row>{{{"--echo"}, {}}, {{"--to", far.address}, {}}, {{}, {"--", "cat"}}}) {
    CAPTURE(row.options.size());
    Listener listener = workers(secured.options(row.options), row.command);
    std::vector<sock::Socket> silent = clients_of(listener, 6);
    std::vector<std::unique_ptr<Process>> clients;
    for (int i = 0; i < 6; ++i)
      clients.push_back(
          std::make_unique<Process>(sock_with(secured.connect(listener), Input::bytes("hello"))));
    for (const auto& client : clients) {
      const Outcome outcome = client->wait();
      CHECK(outcome.code == 0);
      CHECK(outcome.out == "hello");
    }
    silent.clear();
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("SIGUSR1 tells what all threads have come to, and SIGTERM drains all of them") {
  Listener listener = workers({"-v", "--echo"});
  std::vector<sock::Socket> clients = clients_of(listener, 30);
  for (sock::Socket& client : clients) CHECK(answer_to(client, "hello") == "hello");
  listener.process.signal(SIGUSR1);
  listener.process.wait_for_error(
      "30 sessions, 30 served, 0 turned away; received 150 bytes \\([0-9]+/s\\), sent 150 bytes");
  listener.process.signal(SIGTERM);
  wait_until([&] { return run_sock({"connect", listener.address}).code == 4; });
  for (sock::Socket& client : clients) CHECK(answer_to(client, "again") == "again");
  clients.clear();
  CHECK(listener.wait().code == 0);
}

TEST_CASE("a second SIGTERM, and --drain, end those that are served by other threads") {
  Listener listener = workers({"--drain", "100ms"}, {"--", "cat"});
  std::vector<sock::Socket> clients = clients_of(listener, 10);
  for (sock::Socket& client : clients) CHECK(answer_to(client, "hello") == "hello");
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("10 sessions were not finished within --drain 100ms") !=
        std::string::npos);
  for (sock::Socket& client : clients) CHECK(is_closed(client));
}

TEST_CASE("events of all threads are one a line, and their numbers those of the run") {
  const support::TempDir dir;
  Listener listener = workers({"--echo", "--events", (dir / "events").string()});
  constexpr int many = 200;
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < many / 4; ++i) {
          auto client = client_of(listener);
          answer_to(client, "x");
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(stop(listener).code == 0);
  std::ifstream events(dir / "events");
  std::set<int> numbers;
  for (std::string line; std::getline(events, line);) {
    const auto event = nlohmann::json::parse(line);
    if (event.at("event") == "closed") numbers.insert(event.at("number").get<int>());
  }
  CHECK(numbers.size() == many);
  CHECK(*numbers.rbegin() == many);
}

TEST_CASE("rules that are read again hold in all threads") {
  const support::TempDir dir;
  support::write_file(dir / "rules", "allow all\n");
  Listener listener = workers({"-v", "--echo", "--access", (dir / "rules").string()});
  std::vector<sock::Socket> early = clients_of(listener, 10);
  for (sock::Socket& client : early) CHECK(answer_to(client, "1") == "1");
  support::write_file(dir / "rules", "deny all\n");
  listener.process.wait_for_error("rules was read again");
  for (int i = 0; i < 10; ++i) {
    auto late = client_of(listener);
    CHECK(is_closed(late));
  }
  for (sock::Socket& client : early) CHECK(answer_to(client, "2") == "2");
  early.clear();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("peers of Unix and datagram sockets are shared among threads, too") {
  const support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process unix_server(sock_with({"listen", "-k", "--workers", "3", "--echo", path}));
  listening_address(unix_server);
  for (int i = 0; i < 20; ++i) {
    sock::Socket client(AF_UNIX, SOCK_STREAM);
    client.settimeout(10s);
    client.connect(sock::Address::unix_(path));
    CHECK(answer_to(client, "hello") == "hello");
  }
  unix_server.signal(SIGTERM);
  CHECK(unix_server.wait().code == 0);
  CHECK_FALSE(std::filesystem::exists(path));

  UdpServer udp({"--workers", "3", "--echo", "--max-conns", "20"});
  std::vector<sock::Socket> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(udp.client());
  for (int round = 0; round < 3; ++round)
    for (sock::Socket& client : clients) CHECK(ask(client, "hello") == "hello");
  CHECK(udp.stop().code == 0);
}

TEST_CASE("a port that is taken is so for several threads, too, and what peers share is refused") {
  Listener holder({"-k", "--echo"});
  const Outcome taken = run_sock({"listen", "-k", "--workers", "2", "--echo", holder.address});
  CHECK(taken.code == 8);
  CHECK(stop(holder).code == 0);
  for (const std::vector<std::string>& mode :
       {std::vector<std::string>{"--broker"}, {"--chat"}, {}}) {
    std::vector<std::string> words{"listen", "-k", "127.0.0.1:0", "--workers", "2"};
    words.insert(words.end(), mode.begin(), mode.end());
    CHECK(run_sock(words).code == 2);
  }
}
