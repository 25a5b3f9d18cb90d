#include "wire/proxying.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <variant>

#include "sock/error.hpp"
#include "sock/resolve.hpp"
#include "wire/about.hpp"
#include "wire/lookup.hpp"
#include "wire/proxy_error.hpp"

namespace sock::wire {

namespace {

ProxyAddress address_of(const InetEndpoint& target, bool datagrams) {
  std::uint16_t port = 0;
  const std::string& text = target.port;
  if (is_number(text))
    std::from_chars(text.data(), text.data() + text.size(), port);
  else
    port = getservbyname(text, datagrams ? "udp" : "tcp");
  return {target.host.empty() ? "localhost" : target.host, port};
}

ProxyAddress target_of(const DialPlan& plan) {
  const auto& target = std::get<InetEndpoint>(plan.target);
  return address_of(target, sends_datagrams(plan.target, plan.choice));
}

Address numeric(const ProxyAddress& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return six ? Address::inet6(address.host, address.port)
             : Address::inet(address.host, address.port);
}

Endpoint endpoint_of(const ProxyAddress& address) {
  return InetEndpoint{Transport::tcp, address.host, std::to_string(address.port)};
}

// Of the preferred family, where there is one.
const Address& best_of(const std::vector<Path>& paths, std::optional<int> preferred) {
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const Path& path) {
    return path.target.address.family() == preferred;
  });
  return (found == paths.end() ? paths.front() : *found).target.address;
}

Timeout left(const Deadline& deadline) {
  if (deadline.unlimited()) return {};
  return std::max<std::chrono::nanoseconds>(deadline.at() - io::Clock::now(),
                                            std::chrono::milliseconds(1));
}

}  // namespace

// To be connected to the first proxy is not to be connected.
class Proxying::OnTheWay final : public io::Observer {
 public:
  explicit OnTheWay(io::Observer& observer) noexcept : observer_(observer) {}
  void resolving(std::string_view name) override { observer_.resolving(name); }
  void resolved(std::string_view name, std::size_t addresses,
                std::chrono::nanoseconds time) override {
    observer_.resolved(name, addresses, time);
  }
  void attempt(std::string_view address) override { observer_.attempt(address); }
  void attempt_failed(std::string_view address, const Error& error,
                      std::chrono::nanoseconds time) override {
    observer_.attempt_failed(address, error, time);
  }
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds time) override {
    observer_.attempt_overtaken(address, time);
  }

 private:
  io::Observer& observer_;
};

std::vector<Leg> legs_of(const DialPlan& plan) {
  std::vector<Leg> legs;
  for (const ProxyHop& hop : plan.proxy.hops) {
    if (!legs.empty()) legs.back().target = {hop.host, hop.port};
    legs.push_back({hop, {}});
  }
  legs.back().target = target_of(plan);
  if (sends_datagrams(plan.target, plan.choice)) legs.back().command = SocksCommand::udp_associate;
  return legs;
}

Proxying::Proxying(io::Loop& loop, const DialPlan& plan, const Deadline& deadline,
                   io::Observer& observer, FindPaths find, DialDone done)
    : loop_(loop),
      plan_(plan),
      deadline_(deadline),
      observer_(observer),
      on_the_way_(std::make_unique<OnTheWay>(observer)),
      find_(std::move(find)),
      done_(std::move(done)),
      legs_(legs_of(plan)) {
  look_up(0);
}

Proxying::~Proxying() = default;

// The names that are looked up here, from that leg on; then the way is known.
void Proxying::look_up(std::size_t leg) {
  for (; leg < legs_.size(); ++leg) {
    const auto& [proxy, target, command] = legs_[leg];
    if (!looks_up_here(proxy.kind) || is_numeric(target.host)) continue;
    DialPlan name;
    name.target = endpoint_of(target);
    name.choice.family =
        proxy.kind == ProxyKind::socks4 ? std::optional<int>(AF_INET) : plan_.choice.family;
    finding_ = std::make_unique<Finding>(
        loop_, name, deadline_, observer_, find_,
        [this, leg](const std::exception_ptr& error, const std::vector<Path>& paths) {
          found(leg, error, paths);
        });
    return;
  }
  tunnel_ = std::make_unique<Tunnel>(
      loop_, legs_, deadline_, observer_,
      [this](const std::exception_ptr& error, std::optional<Socket> socket) {
        through(error, std::move(socket));
      });
  dial();
}

void Proxying::found(std::size_t leg, const std::exception_ptr& error,
                     const std::vector<Path>& paths) {
  if (error) return end(error);
  try {
    legs_[leg].target.host = best_of(paths, plan_.preferred).host();
    look_up(leg + 1);
  } catch (...) {
    end(std::current_exception());
  }
}

void Proxying::dial() {
  const ProxyHop& first = plan_.proxy.hops.front();
  DialPlan plan = plan_;
  plan.proxy = {};
  plan.announcement = {};
  if (legs_.back().command == SocksCommand::udp_associate) plan.options.clear();
  plan.target = endpoint_of({first.host, first.port});
  plan.choice = {.family = plan_.choice.family};
  plan.timeout = left(deadline_);
  dialing_ = std::make_unique<Dialing>(
      loop_, plan, *on_the_way_,
      [this](const std::exception_ptr& error, Dialed* dialed) {
        if (error) return end(error);
        tunnel_->run(std::move(dialed->socket));
      },
      find_);
}

void Proxying::through(const std::exception_ptr& error, std::optional<Socket> socket) {
  if (error) return end(error);
  if (!socket) return dial();  // once more
  std::exception_ptr failure;
  std::optional<Dialed> dialed;
  try {
    const bool datagrams = legs_.back().command == SocksCommand::udp_associate;
    dialed = datagrams ? associated(std::move(*socket)) : dialed_over(std::move(*socket));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) return end(failure);
  observer_.connected(dialed->socket, dialed->name, io::Clock::now() - start_);
  end(nullptr, &*dialed);
}

Dialed Proxying::dialed_over(Socket socket) const {
  const ProxyAddress target = target_of(plan_);
  Dialed dialed{std::move(socket), {}, to_string(target), {}};
  if (is_numeric(target.host)) dialed.peer = numeric(target);
  return dialed;
}

// Datagrams go to where the proxy says; nowhere stands for its own address (RFC 1928, 7).
Dialed Proxying::associated(Socket control) const {
  const Leg& last = legs_.back();
  const std::string proxy = wire::to_string(last.proxy);
  ProxyAddress relay = *tunnel_->bound();
  if (!is_numeric(relay.host))
    throw ProxyError(ProxyErrc::nonsense, "ask proxy", proxy + " for datagrams",
                     "it has no address for them but a name");
  if (relay.host == "0.0.0.0" || relay.host == "::") relay.host = control.getpeername().host();
  const Address address = numeric(relay);
  Dialed dialed{Socket(address.family(), SOCK_DGRAM, IPPROTO_UDP),
                {},
                "udp:" + to_string(target_of(plan_)),
                {}};
  apply(plan_.options, dialed.socket);
  dialed.socket.settimeout({});
  about("udp:" + to_string(relay), [&] { dialed.socket.connect(address); });
  dialed.wrapping = Wrapping{socks_datagram_header(last.target), std::move(control), proxy};
  return dialed;
}

void Proxying::end(const std::exception_ptr& error, Dialed* dialed) {
  const DialDone done = std::move(done_);
  done(error, dialed);
}

}  // namespace sock::wire
