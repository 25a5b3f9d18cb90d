// What peers send is dropped.
#pragma once

#include "serve/mode.hpp"

namespace sock::serve {

class Discard : public Mode {
 public:
  std::unique_ptr<Session> serve(Visit, Socket) override;
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;
};

}  // namespace sock::serve
