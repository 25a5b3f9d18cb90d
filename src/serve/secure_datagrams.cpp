#include "serve/secure_datagrams.hpp"

#include <utility>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr std::size_t largest_datagram = 64 * 1024;

// RFC 6347, 4.1: a record's type, version and epoch; 4.2.2: a handshake message's type.
constexpr std::size_t epoch_at = 3, message_at = 13;
constexpr std::byte handshake{22}, client_hello{1};

bool is_before_keys(std::span<const std::byte> datagram) noexcept {
  return datagram.size() > message_at && datagram[epoch_at] == std::byte{} &&
         datagram[epoch_at + 1] == std::byte{};
}

}  // namespace

bool is_greeting(std::span<const std::byte> datagram) noexcept {
  return is_before_keys(datagram) && datagram.front() == handshake &&
         datagram[message_at] == client_hello;
}

SecureDatagrams::SecureDatagrams(Sessions& sessions, Fronts& fronts, Mode& mode, const Local& local,
                                 Socket& socket, const Securing& securing)
    : DatagramSocket(sessions, local, socket),
      fronts_(fronts),
      mode_(mode),
      securing_(securing),
      room_(largest_datagram),
      handshakes_({.at_a_time = most_handshakes, .per_host = most_of_one_host}) {
  open_door();
}

void SecureDatagrams::open_door() {
  auto visitors = std::make_unique<wire::Delivered>(
      socket(), local().name, [this](const Address& to, std::span<const std::byte> data) {
        try {
          (void)io::send_to(socket(), data, local().name, to);
        } catch (const Error&) {
          // It says it is somewhere where we cannot send to; or it will ask again.
        }
      });
  visitors_ = visitors.get();
  door_ = std::make_unique<wire::TlsChannel>(securing_.tls, std::move(visitors), visitors_->from());
}

// Whoever gets it may end, and others with it.
void SecureDatagrams::receive(const Address& from, std::span<const std::byte> data) {
  const auto known = by_peer_.find(from);
  const bool coming = known != by_peer_.end() && known->second.coming != nullptr;
  const bool served = known != by_peer_.end() && known->second.served != nullptr;
  if (coming && (!served || is_before_keys(data))) return known->second.coming->receive(data);
  if (!served || is_greeting(data)) return answer(from, data);
  known->second.served->receive(data);
  if (!coming) return;
  // Whose keys these are, only they can tell: what is not theirs they drop.
  if (const auto again = by_peer_.find(from); again != by_peer_.end() && again->second.coming)
    again->second.coming->receive(data);
}

void SecureDatagrams::answer(const Address& from, std::span<const std::byte> data) {
  if (!is_greeting(data)) return;
  if (!sessions().allows(from)) return sessions().deny(from, local(), "not allowed");
  visitors_->deliver(from, data);
  const bool shown = door_->try_admit();
  visitors_->withdraw();
  if (!shown) return;
  wire::Delivered& delivered = *visitors_;
  auto channel = std::move(door_);
  open_door();
  if (handshakes_.full() || !handshakes_.enter(from))
    sessions().deny(from, local(), "too many are agreeing on TLS");
  else if (!welcome(from, std::move(channel), delivered))
    handshakes_.leave(from);
}

// false: he is not let in.
bool SecureDatagrams::welcome(const Address& from, std::unique_ptr<wire::TlsChannel> channel,
                              wire::Delivered& delivered) {
  auto visit = let_in(from);
  if (!visit) return false;
  SecurePeers& us = *this;
  auto peer = std::make_unique<SecurePeer>(fronts_, us, mode_, std::move(*visit),
                                           std::move(channel), delivered, securing_);
  SecurePeer& added = *peer;
  by_peer_[from].coming = &added;
  fronts_.add(std::move(peer));
  added.step();
  return true;
}

bool SecureDatagrams::send(const std::string& name, const Address& to,
                           std::span<const std::byte> data) {
  return DatagramSocket::send(name, to, data);
}

void SecureDatagrams::agreed(SecurePeer& peer) {
  Known& known = by_peer_[peer.address()];
  handshakes_.leave(peer.address());
  known.coming = nullptr;
  SecurePeer* const before = std::exchange(known.served, &peer);
  if (before != nullptr) before->let_end();
}

void SecureDatagrams::forget(const SecurePeer& peer) noexcept {
  const auto known = by_peer_.find(peer.address());
  if (known == by_peer_.end()) return;
  if (known->second.served == &peer) known->second.served = nullptr;
  if (known->second.coming == &peer) {
    known->second.coming = nullptr;
    handshakes_.leave(peer.address());
  }
  if (!known->second.served && !known->second.coming) by_peer_.erase(known);
}

}  // namespace sock::serve
