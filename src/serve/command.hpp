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

  // `open_files`: the program's soft limit of descriptors. `relay`: the bytes of connections pass
  // here, in this way (io::RelayOptions: the program is its local end). `framing`: of datagrams.
  Command(std::vector<std::string> argv, rlim_t open_files, Environment,
          std::optional<io::RelayOptions> relay = {}, const io::Framing& framing = {});

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

  const std::vector<std::string> argv_;
  std::string file_;  // where the program was found
  const rlim_t open_files_;
  const Environment environment_;
  const std::optional<io::RelayOptions> relay_;
  const io::Framing framing_;
};

// "exit 3", "signal 9"
std::string how_it_ended(const io::ExitStatus&);

}  // namespace sock::serve
