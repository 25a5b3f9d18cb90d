// A peer of a datagram socket and the socket that it has for itself on the other side.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "serve/datagrams.hpp"
#include "wire/dial.hpp"
#include "wire/dialing.hpp"

namespace sock::serve {

class ForwardDatagrams final : public DatagramSession {
 public:
  ForwardDatagrams(Visit, DatagramPort&, const wire::DialPlan& target);

 private:
  void on_datagram(std::span<const std::byte>) override;
  void reached(const std::exception_ptr&, wire::Dialed*);
  bool on_answer();
  void pass_on(std::span<const std::byte>);
  void lost(std::size_t bytes);

  std::unique_ptr<wire::Dialing> dialing_;  // until there is a socket
  std::vector<std::string> early_;          // what came before
  std::unique_ptr<wire::Dialed> far_;
  io::Watch watch_;
};

}  // namespace sock::serve
