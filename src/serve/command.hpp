// Every peer gets a program: the connection itself is its standard input and output, unless
// somebody has to see the bytes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/child.hpp"
#include "io/relay.hpp"
#include "serve/mode.hpp"

namespace sock::serve {

class Command : public Mode {
 public:
  // What the program finds in its environment, of a connection between these.
  using Environment = std::function<std::vector<std::pair<std::string, std::string>>(
      const Address& local, const Address& peer, int type, int protocol)>;

  struct Program {
    std::vector<std::string> argv;
    rlim_t open_files;  // its soft limit of descriptors
    Environment environment;
    Timeout mode = {};  // how calls on its socket wait
  };
  // `relay`: the bytes of connections pass here, in this way (io::RelayOptions: the program is its
  // local end). `framing`: of datagrams.
  explicit Command(Program, std::optional<io::RelayOptions> relay = {},
                   const io::Framing& framing = {});

  std::unique_ptr<Session> serve(Visit, Socket) override;
  int descriptors() const noexcept override;
  // A peer of a datagram socket has a program of its own, too. What the program writes at once is
  // one datagram; what it reads is a stream, so that one that reads little at a time loses nothing.
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;

 private:
  std::unique_ptr<Session> serve_relayed(Visit, Socket);
  // Throws Error.
  io::Child start(const Visit&, FdRef in, FdRef out, const Address& local);

  const Program program_;
  std::string file_;  // where it was found
  const std::optional<io::RelayOptions> relay_;
  const io::Framing framing_;
};

// "exit 3", "signal 9"
std::string how_it_ended(const io::ExitStatus&);

}  // namespace sock::serve
