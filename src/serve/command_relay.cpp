#include "serve/command_relay.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "io/channel.hpp"
#include "serve/command.hpp"
#include "serve/sessions.hpp"

namespace sock::serve {

namespace {

// From asking a program to end to making it.
constexpr std::chrono::seconds patience{2};

Counts counts_of(const io::RelayResult& result) noexcept {
  return {result.in.received, result.out.delivered};
}

}  // namespace

CommandRelay::CommandRelay(Visit visit, Socket peer, Socket program, io::Child child,
                           const io::RelayOptions& options)
    : Session(std::move(visit)), child_(std::move(child)) {
  io::Loop& loop = this->visit().sessions().loop();
  peer_.emplace(io::socket_channel(std::move(peer), this->visit().name()));
  program_.emplace(io::socket_channel(std::move(program), "the command"));
  relay_.emplace(loop, *program_, *peer_, options,
                 [this](const io::RelayResult& result) { over(result); });
  child_.on_exit(loop, [this](const io::ExitStatus& status) { exited(status); });
}

Counts CommandRelay::counts() const noexcept {
  return relay_ ? counts_of(relay_->so_far()) : counts_;
}

// The peer's connection is closed, and the program reads the end if it still runs.
void CommandRelay::over(const io::RelayResult& result) {
  using Why = io::RelayResult::Why;
  counts_ = counts_of(result);
  if (result.why == Why::limited) reason_ = "enough";
  if (result.why == Why::linger) reason_ = "linger";
  if (result.why == Why::idle_timeout) reason_ = "idle";
  if (result.why == Why::failed) {
    reason_ = "failed";
    try {
      std::rethrow_exception(result.error);
    } catch (const std::exception& error) {
      detail_ = error.what();
      visit().sessions().observer().broken(visit().name(), error);
    }
  }
  relay_.reset();
  peer_.reset();
  program_.reset();
  if (status_) return finish();
  if (reason_ != "idle" && reason_ != "failed") return;
  child_.kill(SIGTERM);
  patience_ = visit().sessions().loop().after(patience, [this] { child_.kill(SIGKILL); });
}

// Nobody is left to read what the peer says; what the program has said is still on its way.
void CommandRelay::exited(const io::ExitStatus& status) {
  status_ = status;
  if (!relay_) return finish();
  peer_->end_reading();
  relay_->look_again();
}

void CommandRelay::finish() { end(reason_, detail_.empty() ? how_it_ended(*status_) : detail_); }

}  // namespace sock::serve
