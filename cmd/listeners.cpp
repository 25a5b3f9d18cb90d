#include "cmd/listeners.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "cmd/values.hpp"
#include "serve/host.hpp"

namespace sock::cmd {
namespace {

constexpr int first_activated = 3;  // SD_LISTEN_FDS_START

}  // namespace

std::vector<int> activated_sockets() {
  const auto taken = [](const char* name) {
    const char* value = std::getenv(name);
    std::string text = value != nullptr ? value : "";
    ::unsetenv(name);
    return text;
  };
  const std::string process = taken("LISTEN_PID");
  const std::string count = taken("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  if (count.empty())
    throw UsageError("--activated: no sockets were passed on (LISTEN_FDS is not set)");
  if (!process.empty() && process != std::to_string(::getpid()))
    throw UsageError("--activated: the sockets are for process " + process + ", not for this one");
  const auto n = static_cast<int>(
      value_of("LISTEN_FDS", count, [](auto text) { return parse_number(text, 1, 1 << 20); }));
  std::vector<int> all;
  for (int i = 0; i < n; ++i) all.push_back(first_activated + i);
  return all;
}

std::vector<wire::Listener> open_listeners(const ListenPlan& plan, io::Observer& observer) {
  std::vector<wire::Listener> all;
  for (const wire::ListenPlan& one : plan.listen) all.emplace_back(one, observer);
  if (!plan.listen.empty()) return all;
  for (const int fd : activated_sockets()) {
    wire::ListenPlan one = plan.activated;
    one.address = wire::FdEndpoint{fd};
    all.emplace_back(one, observer);
  }
  return all;
}

std::vector<std::string> names_of(const std::vector<wire::Listener>& listeners) {
  std::vector<std::string> all;
  for (const wire::Listener& listener : listeners)
    all.insert(all.end(), listener.names().begin(), listener.names().end());
  return all;
}

bool reach_beyond(const std::vector<wire::Listener>& listeners) {
  const auto beyond = [](const Socket& socket) {
    const auto ip = serve::IpBytes::of(socket.getsockname());
    return ip && !ip->is_loopback();
  };
  return std::any_of(listeners.begin(), listeners.end(), [&](const wire::Listener& listener) {
    return std::any_of(listener.sockets().begin(), listener.sockets().end(), beyond);
  });
}

std::string line_of(const std::vector<wire::Listener>& listeners) {
  const bool every = std::any_of(listeners.begin(), listeners.end(),
                                 [](const auto& listener) { return listener.every_address(); });
  return listening_line(names_of(listeners), every);
}

}  // namespace sock::cmd
