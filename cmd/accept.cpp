#include "cmd/accept.hpp"

#include <linux/can.h>

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "wire/proxy_introduction.hpp"
#include "wire/tls_channel.hpp"
#include "wire/tls_visitors.hpp"

namespace sock::cmd {
namespace {

std::string name_of(const Address& peer, const Socket& socket, const std::string& listener) {
  // The system does not tell its identifiers.
  if (socket.family() == AF_CAN && socket.proto() == CAN_ISOTP) return listener;
  std::string name = wire::shown(peer, socket);
  return name.empty() ? "the peer of " + listener : name;  // an unnamed Unix socket
}

// Connections that begin with whom they are for.
class Introductions {
 public:
  using Done = std::function<void(wire::ProxyIntroduction::Outcome)>;
  Introductions(io::Loop& loop, io::Clock::duration patience) : loop_(loop), patience_(patience) {}

  bool too_many() const noexcept { return all_.size() == most_at_once; }
  void add(Socket socket, const Done& done) {
    const auto place = all_.emplace(all_.end());
    *place = std::make_unique<wire::ProxyIntroduction>(
        loop_, std::move(socket), io::Clock::now() + patience_,
        [this, place, done](wire::ProxyIntroduction::Outcome outcome) {
          all_.erase(place);
          done(std::move(outcome));
        });
  }

 private:
  static constexpr std::size_t most_at_once = 64;
  io::Loop& loop_;
  const io::Clock::duration patience_;
  std::list<std::unique_ptr<wire::ProxyIntroduction>> all_;
};

struct Taker {
  const serve::Access& access;
  const serve::Proxies& proxies;
  io::Observer& observer;
  Introductions& introductions;
  const std::function<void(Connection)>& stay;  // for who comes later than it was accepted

  bool lets_in(const Address& peer, const std::string& name, const std::string& listener) const {
    if (access.allows(peer)) return true;
    observer.denied(name, listener, "not allowed");
    return false;
  }

  // Empty: a false alarm, the peer has gone again before it was taken, or it may not come.
  std::optional<Connection> stream(Socket& listener, const std::string& name) const try {
    auto accepted = listener.try_accept();
    if (!accepted) return std::nullopt;
    auto& [socket, peer] = *accepted;
    if (proxies.contain(peer)) return await_header(std::move(socket), peer, name), std::nullopt;
    std::string peer_name = name_of(peer, socket, name);
    if (!lets_in(peer, peer_name, name)) return std::nullopt;
    return Connection{.socket = std::move(socket), .peer = peer, .name = std::move(peer_name)};
  } catch (const ConnectionAbortedError&) {
    return std::nullopt;
  }

  std::optional<Connection> datagrams(Socket& listener, const std::string& name) const try {
    std::array<std::byte, 1> first;
    const Address peer = listener.recvfrom_into(first, 0, MSG_PEEK | MSG_DONTWAIT).second;
    std::string peer_name = name_of(peer, listener, name);
    if (!lets_in(peer, peer_name, name)) {
      listener.recvfrom_into(first, 0, MSG_DONTWAIT);
      return std::nullopt;
    }
    return Connection{.socket = std::move(listener), .peer = peer, .name = std::move(peer_name)};
  } catch (const BlockingIOError&) {
    return std::nullopt;
  }

  // The first that says whom it comes for, and that one may come, is taken.
  void await_header(Socket socket, const Address& proxy, const std::string& listener) const {
    if (introductions.too_many())
      return observer.denied(name_of(proxy, socket, listener), listener,
                             "too many have not sent their PROXY header");
    introductions.add(std::move(socket),
                      [this, proxy, &listener](wire::ProxyIntroduction::Outcome outcome) {
                        introduced(std::move(outcome), proxy, listener);
                      });
  }

  void introduced(wire::ProxyIntroduction::Outcome outcome, const Address& proxy,
                  const std::string& listener) const {
    std::string proxy_name = name_of(proxy, outcome.socket, listener);
    if (!outcome.error.empty()) return observer.denied(proxy_name, listener, outcome.error);
    Connection connection{std::move(outcome.socket), proxy, proxy_name, nullptr};
    if (outcome.ends) {
      connection.peer = outcome.ends->source;
      connection.local = outcome.ends->destination;
      connection.name = name_of(connection.peer, connection.socket, listener);
      observer.introduced(connection.name, proxy_name);
    }
    if (lets_in(connection.peer, connection.name, listener)) stay(std::move(connection));
  }
};

// Where clients of TLS over datagrams come to.
class Door {
 public:
  Door(const Taker& taker, Socket socket, std::string name, const wire::TlsContext& context)
      : taker_(taker), name_(std::move(name)), socket_(std::move(socket)) {
    auto visitors = std::make_unique<wire::TlsVisitors>(
        std::move(socket_), name_, [this](const Address& peer) { return lets_in(peer); });
    visitors_ = visitors.get();
    channel_ = std::make_unique<wire::TlsChannel>(context, std::move(visitors), visitors_->last());
  }

  FdRef fd() const noexcept { return visitors_->read_fd(); }

  std::optional<Connection> next() {
    if (!channel_->try_admit()) return std::nullopt;
    Connection connection{.socket = std::move(socket_),
                          .peer = visitors_->last(),
                          .name = name_of(visitors_->last()),
                          .greeted = std::move(channel_),
                          .local = wire::local_address(visitors_->socket())};
    taker_.observer.accepted(visitors_->socket(), connection.name, 1);
    visitors_->stay(connection.name);
    return connection;
  }

 private:
  std::string name_of(const Address& peer) const {
    return cmd::name_of(peer, visitors_->socket(), name_);
  }
  bool lets_in(const Address& peer) const { return taker_.lets_in(peer, name_of(peer), name_); }

  const Taker& taker_;
  std::string name_;
  Socket socket_;  // the visitors have it
  std::unique_ptr<wire::TlsChannel> channel_;
  wire::TlsVisitors* visitors_ = nullptr;  // its transport
};

}  // namespace

std::optional<Connection> next_peer(Session& session, io::Observer& observer,
                                    std::vector<wire::Listener>& listeners,
                                    const Admission& admission, const Tls* tls,
                                    std::optional<io::Clock::time_point> until) {
  std::optional<Connection> result;
  std::vector<std::unique_ptr<Door>> doors;
  std::vector<io::Watch> watches;
  Introductions introductions(session.loop(), admission.patience);
  const std::function<void(Connection)> stay = [&](Connection connection) {
    if (result) return;
    result = std::move(connection);
    session.stop();
  };
  const Taker taker{admission.access, admission.proxies, observer, introductions, stay};
  const auto watch = [&](FdRef fd, const std::function<std::optional<Connection>()>& take) {
    const auto on_ready = [&result, &session, take](io::Ready) {
      if (result) return true;  // another socket had one in the same turn
      result = take();
      if (result) session.stop();
      return true;
    };
    watches.push_back(session.loop().watch(fd, io::Interest::read, "listener", on_ready));
  };
  for (wire::Listener& listener : listeners) {
    for (std::size_t i = 0; i < listener.sockets().size(); ++i) {
      Socket& socket = listener.sockets()[i];
      const std::string& name = listener.names()[i];
      if (listener.datagrams() && tls) {
        Door& door = *doors.emplace_back(
            std::make_unique<Door>(taker, std::move(socket), name, tls->context));
        watch(door.fd(), [&door] { return door.next(); });
      } else if (listener.datagrams()) {
        watch(socket, [&] { return taker.datagrams(socket, name); });
      } else {
        watch(socket, [&] { return taker.stream(socket, name); });
      }
    }
  }
  io::Timer timer;
  if (until) timer = session.loop().at(*until, [&] { session.stop(); });
  session.run();
  session.check();
  if (result && !result->greeted) observer.accepted(result->socket, result->name, 1);
  return result;
}

}  // namespace sock::cmd
