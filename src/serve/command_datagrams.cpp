#include "serve/command_datagrams.hpp"

#include <sys/socket.h>

#include <csignal>
#include <utility>

#include "serve/command.hpp"
#include "serve/stream_session.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_waiting = 256 * 1024;

}  // namespace

CommandDatagrams::CommandDatagrams(Visit visit, DatagramPort& port, Socket program, io::Child child)
    : DatagramSession(std::move(visit), port),
      program_(std::move(program)),
      child_(std::move(child)) {
  io::Loop& loop = this->visit().sessions().loop();
  watch_ = loop.watch(program_, io::Interest::read, "program of a peer",
                      [this](io::Ready ready) { return on_ready(ready); });
  child_.on_exit(loop, [this](const io::ExitStatus& status) {
    watch_ = {};
    try {
      while (pass_on()) {
      }
    } catch (const Error& error) {
      return fail(error);
    }
    end(reason_, how_it_ended(status));
  });
}

void CommandDatagrams::stop() noexcept { child_.kill(SIGTERM); }

void CommandDatagrams::on_datagram(std::span<const std::byte> data) {
  const auto lost = [&](const char* why) {
    visit().sessions().observer().lost(
        visit().name(), "a datagram of " + std::to_string(data.size()) + " bytes: " + why);
  };
  if (data.empty()) return lost("the command would take it for the end of its input");
  if (outbox_.size() + data.size() > most_waiting) return lost("the command does not read them");
  // A program that takes no more input may still have something to say.
  if (outbox_.send(program_, data) != 0) return lost("the command takes no more input");
  if (!outbox_.empty()) watch_.set(io::Interest::both);
}

bool CommandDatagrams::on_ready(io::Ready ready) {
  bool progress = false;
  if (ready.write && !outbox_.empty()) {
    const std::size_t before = outbox_.size();
    if (outbox_.flush(program_) != 0) outbox_ = {};
    progress = outbox_.size() != before;
    if (outbox_.empty()) watch_.set(io::Interest::read);
  }
  try {
    for (int reads = 0; ready.read && reads < fair_reads && pass_on(); ++reads) progress = true;
  } catch (const Error& error) {
    fail(error);
    return true;
  }
  // It has closed its output, or ended: that comes from elsewhere.
  if (!progress && (ready.hangup || ready.error)) watch_ = {};
  return progress || !watch_;
}

// What the program wrote at once is one datagram. false: there is no more for now.
bool CommandDatagrams::pass_on() {
  const auto room = visit().sessions().scratch();
  const Received received = serve::receive(program_, room, true);
  if (received.kind == Received::Kind::cut) throw_errno(EMSGSIZE, "send", visit().name());
  if (received.kind != Received::Kind::bytes) return false;
  send(room.first(received.bytes));
  return true;
}

void CommandDatagrams::finish(const char* reason) {
  reason_ = reason;
  forget_peer();
  ::shutdown(program_.fileno(), SHUT_WR);
}

}  // namespace sock::serve
