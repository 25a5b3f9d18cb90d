#include "serve/command.hpp"

#include <csignal>
#include <utility>

#include "serve/command_datagrams.hpp"
#include "serve/command_relay.hpp"
#include "serve/sessions.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

// The program has the connection, and nobody else does: how many bytes there were, nobody knows.
class CommandSession final : public Session {
 public:
  CommandSession(Visit visit, io::Child child)
      : Session(std::move(visit)), child_(std::move(child)) {
    child_.on_exit(this->visit().sessions().loop(),
                   [this](const io::ExitStatus& status) { end("exited", how_it_ended(status)); });
  }

  Counts counts() const noexcept override { return {}; }
  void stop() noexcept override { child_.kill(SIGTERM); }

 private:
  io::Child child_;
};

}  // namespace

std::string how_it_ended(const io::ExitStatus& status) {
  return status.signal != 0 ? "signal " + std::to_string(status.signal)
                            : "exit " + std::to_string(status.code);
}

Command::Command(Program program, std::optional<io::RelayOptions> relay, const io::Framing& framing)
    : program_(std::move(program)), relay_(std::move(relay)), framing_(framing) {}

// The watch for its end, and copies for its input and output until it runs where they need them.
// Where the bytes pass here a pair of sockets, too.
int Command::descriptors() const noexcept { return relay_ ? 5 : 3; }

// It is looked for where it was found last, and only then anew.
io::Child Command::start(const Visit& visit, FdRef in, FdRef out, const Address& local) {
  io::ChildPlan plan{.argv = program_.argv,
                     .file = file_,
                     .fds = {{in, 0}, {out, 1}},
                     .environment = program_.environment(local, visit.peer(), visit.local().type,
                                                         visit.local().protocol),
                     .open_files = program_.open_files};
  try {
    io::Child child(plan);
    if (file_.empty()) file_ = child.file();
    return child;
  } catch (const Error&) {
    if (file_.empty()) throw;
    file_.clear();
    plan.file.clear();
    return io::Child(plan);
  }
}

std::unique_ptr<Session> Command::serve(Visit visit, Socket socket) {
  if (relay_) return serve_relayed(std::move(visit), std::move(socket));
  socket.settimeout(program_.mode);
  io::Child child = start(visit, socket, socket, visit.reached(socket));
  return std::make_unique<CommandSession>(std::move(visit), std::move(child));
}

std::unique_ptr<Session> Command::serve_relayed(Visit visit, Socket socket) {
  // A stream where the messages are told apart in it.
  const bool records =
      visit.local().records() && relay_->in_shape.framing.kind == io::Framing::Kind::none;
  auto [ours, theirs] = socketpair(AF_UNIX, records ? SOCK_SEQPACKET : SOCK_STREAM);
  theirs.settimeout(program_.mode);
  io::Child child = start(visit, theirs, theirs, visit.reached(socket));
  return std::make_unique<CommandRelay>(std::move(visit), std::move(socket), std::move(ours),
                                        std::move(child), *relay_);
}

std::unique_ptr<DatagramSession> Command::serve(Visit visit, DatagramPort& port) {
  auto input = socketpair(AF_UNIX, SOCK_STREAM);
  const bool told_apart = framing_.kind != io::Framing::Kind::none;
  auto output = socketpair(AF_UNIX, told_apart ? SOCK_STREAM : SOCK_SEQPACKET);
  input.second.settimeout(program_.mode);
  output.second.settimeout(program_.mode);
  io::Child child = start(visit, input.second, output.second, port.bound());
  return std::make_unique<CommandDatagrams>(std::move(visit), port, std::move(input.first),
                                            std::move(output.first), std::move(child), framing_);
}

}  // namespace sock::serve
