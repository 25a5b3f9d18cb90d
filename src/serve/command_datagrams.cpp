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

CommandDatagrams::CommandDatagrams(Visit visit, DatagramPort& port, Socket input, Socket output,
                                   io::Child child, const io::Framing& framing)
    : DatagramSession(std::move(visit), port),
      input_(std::move(input)),
      output_(std::move(output)),
      child_(std::move(child)),
      join_(io::Filter::for_shape({.framing = framing}, {.from_messages = true})),
      split_(io::Filter::for_shape({.framing = framing},
                                   {.to_messages = true, .source = "the command"})) {
  io::Loop& loop = this->visit().sessions().loop();
  output_watch_ = loop.watch(output_, io::Interest::read, "program of a peer",
                             [this](io::Ready ready) { return on_output_ready(ready); });
  child_.on_exit(loop, [this](const io::ExitStatus& status) {
    output_watch_ = {};
    try {
      while (pass_on()) {
      }
      pass_on_rest();
    } catch (const std::exception& error) {
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
  if (outbox_.size() + data.size() > most_waiting) return lost("the command does not read them");
  if (join_) {
    join_->put(data);
    data = join_->front();
  }
  // A program that takes no more input may still have something to say.
  const int err = outbox_.send(input_, data);
  if (join_) join_->pop(data.size());
  if (err != 0) return lost("the command takes no more input");
  if (!outbox_.empty() && !input_watch_)
    input_watch_ =
        visit().sessions().loop().watch(input_, io::Interest::write, "input of a program",
                                        [this](io::Ready) { return on_input_ready(); });
}

bool CommandDatagrams::on_input_ready() {
  const std::size_t before = outbox_.size();
  if (outbox_.flush(input_) != 0) outbox_ = {};
  const bool progress = outbox_.size() != before;
  if (outbox_.empty()) input_watch_ = {};
  if (outbox_.empty() && finishing_) ::shutdown(input_.fileno(), SHUT_WR);
  return progress;
}

bool CommandDatagrams::on_output_ready(io::Ready ready) {
  bool progress = false;
  try {
    for (int reads = 0; reads < fair_reads && pass_on(); ++reads) progress = true;
  } catch (const std::exception& error) {
    fail(error);
    return true;
  }
  // It has closed its output, or ended: that comes from elsewhere.
  if (!progress && (ready.hangup || ready.error)) {
    output_watch_ = {};
    return true;
  }
  return progress;
}

// false: there is no more for now.
bool CommandDatagrams::pass_on() {
  const auto room = visit().sessions().scratch();
  const Received received = serve::receive(output_, room, !split_);
  if (received.kind == Received::Kind::cut) throw_errno(EMSGSIZE, "send", visit().name());
  if (received.kind != Received::Kind::bytes) return false;
  if (split_) {
    split_->put(room.first(received.bytes));
    send_split();
  } else {
    send(room.first(received.bytes));
  }
  return true;
}

void CommandDatagrams::send_split() {
  for (; split_->ready(); split_->pop(split_->front().size())) send(split_->front());
  split_->check();
}

// An unfinished line, or the like.
void CommandDatagrams::pass_on_rest() {
  if (!split_) return;
  split_->end();
  send_split();
}

void CommandDatagrams::finish(const char* reason) {
  reason_ = reason;
  forget_peer();
  finishing_ = true;
  if (outbox_.empty()) ::shutdown(input_.fileno(), SHUT_WR);
}

}  // namespace sock::serve
