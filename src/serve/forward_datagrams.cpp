#include "serve/forward_datagrams.hpp"

#include <utility>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_early = 64;  // datagrams

}  // namespace

ForwardDatagrams::ForwardDatagrams(Visit visit, DatagramPort& port, const wire::DialPlan& target)
    : DatagramSession(std::move(visit), port) {
  const Sessions& sessions = this->visit().sessions();
  dialing_ = std::make_unique<wire::Dialing>(
      sessions.loop(), target, sessions.observer(),
      [this](const std::exception_ptr& error, wire::Dialed* dialed) { reached(error, dialed); });
}

void ForwardDatagrams::lost(std::size_t bytes) {
  visit().sessions().observer().lost(visit().name(), "a datagram of " + std::to_string(bytes) +
                                                         " bytes: the other side takes no more");
}

void ForwardDatagrams::on_datagram(std::span<const std::byte> data) {
  if (far_) return pass_on(data);
  if (early_.size() == most_early) return lost(data.size());
  early_.emplace_back(reinterpret_cast<const char*>(data.data()), data.size());
}

void ForwardDatagrams::pass_on(std::span<const std::byte> data) {
  if (io::send_to(far_->socket, data, far_->name).kind == io::Attempt::Kind::blocked)
    lost(data.size());
}

void ForwardDatagrams::reached(const std::exception_ptr& error, wire::Dialed* dialed) {
  try {
    if (error) std::rethrow_exception(error);
    if (dialed->socket.type() == SOCK_STREAM) throw_errno(EPROTOTYPE, "connect", dialed->name);
    far_ = std::make_unique<wire::Dialed>(std::move(*dialed));
    watch_ = visit().sessions().loop().watch(far_->socket, io::Interest::read, "other side",
                                             [this](io::Ready) { return on_answer(); });
    for (const std::string& datagram : std::exchange(early_, {})) pass_on(Socket::bytes(datagram));
  } catch (const std::exception& e) {
    return fail(e);
  }
  dialing_.reset();
}

bool ForwardDatagrams::on_answer() {
  const auto room = visit().sessions().scratch();
  try {
    for (int reads = 0; reads < fair_reads; ++reads) {
      const io::Attempt attempt = io::receive_datagram(far_->socket, room, far_->name);
      if (attempt.kind != io::Attempt::Kind::moved) return reads > 0;
      send(room.first(attempt.bytes));
    }
  } catch (const Error& error) {
    fail(error);
  }
  return true;
}

}  // namespace sock::serve
