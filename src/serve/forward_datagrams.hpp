// A peer of a datagram socket and the socket that it has for itself on the other side: of datagrams
// too, or a stream in which the framing tells them apart.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/channel.hpp"
#include "io/filter.hpp"
#include "io/shape.hpp"
#include "serve/datagrams.hpp"
#include "wire/dial.hpp"
#include "wire/reach.hpp"
#include "wire/tls_context.hpp"

namespace sock::serve {

class ForwardDatagrams final : public DatagramSession {
 public:
  // `tls`: what is spoken with the other side.
  ForwardDatagrams(Visit, DatagramPort&, const wire::DialPlan& target,
                   const std::optional<wire::Tls>& tls, const io::Framing&);
  ~ForwardDatagrams() override;

 private:
  void on_datagram(std::span<const std::byte>) override;
  void reached(const std::exception_ptr&, wire::Reached*);
  bool on_ready(io::Ready);
  bool read(bool& over);
  void answered(std::span<const std::byte>);
  void send_split();
  void pass_on(std::span<const std::byte>);
  void pass_on_joined(std::span<const std::byte>);
  bool flush();
  void rearm();
  void lost(std::size_t bytes, const char* why = "the other side takes no more");

  std::unique_ptr<wire::Reaching> reaching_;  // until there is the other side
  std::vector<std::string> early_;            // what came before
  std::unique_ptr<io::Channel> far_;
  const io::Framing framing_;
  std::unique_ptr<io::Filter> join_, split_;  // where that is a stream (join_: or null)
  std::vector<std::byte> waiting_;            // for it
  io::Watch watch_;
  io::Timer pending_;
};

}  // namespace sock::serve
