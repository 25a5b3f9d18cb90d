#include "serve/reception.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "serve/secure_datagrams.hpp"
#include "serve/secure_front.hpp"
#include "wire/candidates.hpp"

namespace sock::serve {

Reception::Reception(Sessions& sessions, Mode& mode, Options options, std::function<void()> changed)
    : sessions_(sessions),
      mode_(mode),
      options_(std::move(options)),
      changed_(std::move(changed)),
      fronts_(sessions) {}

Reception::~Reception() = default;

bool Reception::suits(const wire::Listener& listener) const noexcept {
  const wire::TlsContext* const tls = options_.tls;
  const bool introduced = !options_.proxies.empty();
  if (tls == nullptr && !introduced) return true;
  const bool over_datagrams = tls != nullptr && tls->datagrams();
  if (listener.datagrams()) return over_datagrams && !introduced;
  return !over_datagrams &&
         std::all_of(listener.sockets().begin(), listener.sockets().end(),
                     [](const Socket& socket) { return socket.type() == SOCK_STREAM; });
}

std::unique_ptr<DatagramSocket> Reception::receive(const Local& local, Socket& socket) {
  if (options_.tls == nullptr)
    return std::make_unique<PlainDatagrams>(sessions_, mode_, local, socket);
  return std::make_unique<SecureDatagrams>(sessions_, fronts_, mode_, local, socket, securing());
}

std::size_t Reception::descriptors() const noexcept {
  const int of_tls = options_.tls != nullptr ? SecureFront::descriptors : 0;
  const int all = mode_.descriptors() + of_tls;
  return static_cast<std::size_t>(all);
}

void Reception::receive(Arrival arrival) {
  if (!options_.proxies.contain(arrival.peer)) return let_in(std::move(arrival));
  const auto place = introductions_.emplace(introductions_.end());
  try {
    *place = std::make_unique<wire::ProxyIntroduction>(
        sessions_.loop(), std::move(arrival.socket), sessions_.loop().now() + options_.patience,
        [this, place, local = arrival.local,
         proxy = arrival.peer](wire::ProxyIntroduction::Outcome outcome) {
          introductions_.erase(place);
          introduced(*local, proxy, std::move(outcome));
        });
  } catch (...) {
    introductions_.erase(place);
    sessions_.give_back();
    throw;
  }
}

void Reception::introduced(const Local& local, const Address& proxy,
                           wire::ProxyIntroduction::Outcome outcome) {
  if (outcome.error.empty()) {
    let_in({&local, std::move(outcome.socket), proxy}, outcome.ends);
  } else {
    sessions_.give_back();
    sessions_.deny(proxy, local, outcome.error);
  }
  changed_();
}

void Reception::let_in(Arrival arrival, const std::optional<wire::ProxiedEnds>& ends) {
  auto visit = sessions_.admit(ends ? ends->source : arrival.peer, *arrival.local);
  if (!visit) return;
  if (ends) {
    visit->come_by({ends->destination});
    sessions_.tell_introduced(*visit, arrival.peer);
  }
  sessions_.tell_accepted(*visit, arrival.socket);
  try {
    if (options_.tls == nullptr)
      return sessions_.add(mode_.serve(std::move(*visit), std::move(arrival.socket)));
    fronts_.add(std::make_unique<SecureFront>(fronts_, mode_, std::move(*visit),
                                              std::move(arrival.socket), securing()));
  } catch (const std::exception& error) {
    sessions_.could_not_begin(*visit, error);
  }
}

void Reception::take_no_more() {
  for (; !introductions_.empty(); introductions_.pop_front()) sessions_.give_back();
}

void Reception::cut_off() { fronts_.cut_off(); }

}  // namespace sock::serve
