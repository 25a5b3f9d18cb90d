#include "serve/proxy_names.hpp"

#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <utility>

#include "sock/error.hpp"
#include "wire/lookup.hpp"

namespace sock::serve {

namespace {

constexpr std::size_t most_names = 32;    // of one client, known and looked up
constexpr std::size_t most_waiting = 16;  // datagrams for a name
constexpr auto kept = std::chrono::seconds(30);

// The first of its addresses that may be reached; none: no address.
Address first_allowed(const Permits& permits, const std::string& name, std::uint16_t port) {
  permits.check(name, port);
  wire::Question question;
  question.host = name;
  question.service = std::to_string(port);
  question.type = SOCK_DGRAM;
  for (const AddressInfo& info : wire::ask_system(question))
    if (permits.allows(name, info.address)) return info.address;
  return {};
}

}  // namespace

bool ProxyNames::send(const wire::ProxyAddress& to, std::string datagram) {
  forget_old();
  const Key key{to.host, to.port};
  const auto known = names_.find(key);
  if (known != names_.end() && !known->second.asking) {
    found_(std::move(datagram), known->second.address);
    return true;
  }
  if (known == names_.end()) {
    if (names_.size() == most_names) return false;
    Name name;
    name.asking = std::make_unique<wire::Asking<Address>>(
        loop_, [permits = permits_, to] { return first_allowed(permits, to.host, to.port); },
        [this, key](std::future<Address> answer) { answered(key, std::move(answer)); });
    names_.emplace(key, std::move(name));
  }
  auto& waiting = names_.at(key).waiting;
  if (waiting.size() == most_waiting) return false;
  waiting.push_back(std::move(datagram));
  return true;
}

void ProxyNames::answered(const Key& key, std::future<Address> answer) {
  Name& name = names_.at(key);
  name.since = loop_.now();
  try {
    name.address = answer.get();
  } catch (const std::exception&) {  // nobody knows it, or it is not allowed
  }
  name.asking.reset();
  const Address to = name.address;
  for (std::string& datagram : std::exchange(name.waiting, {})) try {
      found_(std::move(datagram), to);
    } catch (const Error&) {  // it cannot be sent: it is lost, as datagrams are
    }
}

void ProxyNames::forget_old() {
  std::erase_if(names_, [now = loop_.now()](const auto& one) {
    return !one.second.asking && now - one.second.since > kept;
  });
}

}  // namespace sock::serve
