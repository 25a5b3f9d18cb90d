#include "serve/datagrams.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "serve/sessions.hpp"

namespace sock::serve {

namespace {

// Datagrams have no end, so a peer is forgotten some day, also where no limit was given.
constexpr auto forgotten_after = std::chrono::seconds(60);

}  // namespace

std::unique_ptr<DatagramSession> Mode::serve(Visit, DatagramPort&) {
  throw std::logic_error("this mode takes no datagrams");
}

DatagramSession::DatagramSession(Visit visit, DatagramPort& port)
    : Session(std::move(visit)), port_(port) {
  limit_idleness(this->visit().sessions().idle_limit().value_or(forgotten_after));
}

DatagramSession::~DatagramSession() { forget_peer(); }

void DatagramSession::forget_peer() noexcept { port_.forget(*this); }

void DatagramSession::receive(std::span<const std::byte> data) {
  counts_.received += data.size();
  moved();
  try {
    on_datagram(data);
  } catch (const std::exception& error) {
    fail(error);
  }
}

void DatagramSession::send(std::span<const std::byte> data) {
  if (!port_.send(visit(), data)) return;
  counts_.sent += data.size();
  moved();
}

}  // namespace sock::serve
