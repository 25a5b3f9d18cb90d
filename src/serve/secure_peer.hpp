// TLS over datagrams with one of many peers: it stands between him and his session.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/loop.hpp"
#include "serve/datagrams.hpp"
#include "serve/front.hpp"
#include "serve/mode.hpp"
#include "serve/securing.hpp"
#include "wire/delivered.hpp"
#include "wire/tls_channel.hpp"

namespace sock::serve {

class SecurePeer;

// The socket, as one of its peers sees it.
class SecurePeers {
 public:
  virtual ~SecurePeers() = default;
  virtual bool send(const std::string& name, const Address& to, std::span<const std::byte>) = 0;
  virtual Address bound() const = 0;
  // TLS was agreed on with it: who had its address before is ended.
  virtual void agreed(SecurePeer&) = 0;
  // Nothing of what comes is for it any more.
  virtual void forget(const SecurePeer&) noexcept = 0;
};

// The peer's close_notify ends the session, and the end of the session is close_notify for the
// peer: it ends both directions. Either may get lost.
class SecurePeer final : public Front, public DatagramPort {
 public:
  // He has shown that he receives what is sent to his address. The channel's transport is the one
  // given. All else must outlive it.
  SecurePeer(Fronts&, SecurePeers&, Mode&, Visit, std::unique_ptr<wire::TlsChannel>,
             wire::Delivered&, const Securing&);
  ~SecurePeer() override;

  const Address& address() const noexcept { return address_; }
  bool agreed() const noexcept { return !visit_; }

  // All may destroy this object. Goes on with the handshake; takes what has come; lets the session
  // end, as the peer's end does.
  void step();
  void receive(std::span<const std::byte>);
  void let_end();

  void session_over(Ended) override;
  Ended cut_off() override;

  bool send(const Visit&, std::span<const std::byte>) override;
  void forget(const DatagramSession&) noexcept override { peers_.forget(*this); }
  Address bound() const override { return peers_.bound(); }

 private:
  void begin();
  void refuse(const std::exception&);
  void pass_on();
  void send_again_in_time();
  void leave();

  SecurePeers& peers_;
  Mode& mode_;
  const bool failure_is_told_;
  std::optional<Visit> visit_;  // until the session begins
  const Address address_;
  const std::string name_;
  std::unique_ptr<wire::TlsChannel> channel_;
  wire::Delivered& delivered_;  // its transport
  bool sent_ = false;           // what was written last
  io::Timer patience_, again_;
  DatagramSession* session_ = nullptr;
  bool passing_on_ = false;     // just now: it must not end under whoever does that
  std::optional<Ended> ended_;  // the session is over
};

}  // namespace sock::serve
