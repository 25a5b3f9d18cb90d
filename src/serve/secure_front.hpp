// TLS with a peer: the session has one end of a pair of sockets, and the bytes move between the
// other and the connection; or it has the channel itself, where its mode can do with that.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "io/flow.hpp"
#include "io/loop.hpp"
#include "serve/front.hpp"
#include "serve/mode.hpp"
#include "serve/securing.hpp"
#include "sock/socket.hpp"
#include "wire/program_channel.hpp"
#include "wire/tls_channel.hpp"
#include "wire/tls_handshake.hpp"

namespace sock::serve {

// The peer's close_notify is the end of what the session reads; the end of what the session writes
// is close_notify for the peer. That the connection ends without is told as broken, and the session
// reads what has come, and the end. After the session all that it wrote is delivered, and what the
// peer still sends is dropped for a while, so that nothing it has not read yet is destroyed.
class SecureFront final : public Front {
 public:
  static constexpr int descriptors = 2;  // of the pair

  // The context and the mode must outlive it.
  SecureFront(Fronts&, Mode&, Visit, Socket, const Securing&);
  ~SecureFront() override;

  void session_over(Ended) override;
  Ended cut_off() override;

 private:
  void agreed(wire::TlsHandshake::Outcome);
  void refuse(const std::exception_ptr&);
  void leave();
  const std::string& name() const noexcept;
  void begin();
  bool on_peer(io::Ready);
  bool on_session(io::Ready);
  void follow();
  void incoming_over();
  void outgoing_over();
  void broke(const std::exception&, bool told);
  void rearm();
  void be_patient();
  void finish();
  io::Loop& loop() const noexcept;

  Mode& mode_;
  const bool failure_is_told_;
  std::optional<Visit> visit_;  // until the session begins
  Address reached_;
  std::unique_ptr<io::Channel> connection_;
  std::unique_ptr<wire::TlsHandshake> handshake_;
  std::unique_ptr<wire::TlsChannel> peer_;
  std::unique_ptr<wire::ProgramChannel> session_;
  std::optional<io::Flow> incoming_, outgoing_;  // from the peer, and to it
  io::Watch peer_watch_, session_watch_;
  io::Timer pending_, patience_;
  std::optional<Ended> ended_;   // the session is over
  std::string reason_, detail_;  // why the connection broke, where it did
  std::uint64_t delivered_ = 0;  // to the peer, when that was looked at last
  bool deaf_ = false;            // the session takes nothing more
  bool incoming_told_ = false, outgoing_told_ = false;
};

}  // namespace sock::serve
