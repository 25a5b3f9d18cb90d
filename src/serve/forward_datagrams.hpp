// A peer of a datagram socket and the socket that it has for itself on the other side: of datagrams
// too, or a stream in which the framing tells them apart.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "io/channel.hpp"
#include "io/filter.hpp"
#include "io/shape.hpp"
#include "serve/datagrams.hpp"
#include "serve/outbox.hpp"
#include "wire/dial.hpp"
#include "wire/dialing.hpp"

namespace sock::serve {

class ForwardDatagrams final : public DatagramSession {
 public:
  ForwardDatagrams(Visit, DatagramPort&, const wire::DialPlan& target, const io::Framing&);

 private:
  void on_datagram(std::span<const std::byte>) override;
  void reached(const std::exception_ptr&, wire::Dialed*);
  bool on_ready(io::Ready);
  bool on_answer();
  bool on_stream();
  void pass_on(std::span<const std::byte>);
  void pass_on_joined(std::span<const std::byte>);
  void lost(std::size_t bytes);

  std::unique_ptr<wire::Dialing> dialing_;  // until there is a socket
  std::vector<std::string> early_;          // what came before
  std::unique_ptr<wire::Dialed> far_;       // a stream
  std::unique_ptr<io::Channel> datagrams_;  // or not
  const io::Framing framing_;
  std::unique_ptr<io::Filter> join_, split_;  // where the other side is a stream (join_: or null)
  Outbox outbox_;                             // to that
  io::Watch watch_;
};

}  // namespace sock::serve
