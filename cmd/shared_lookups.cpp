#include "cmd/shared_lookups.hpp"

#include <charconv>
#include <utility>
#include <variant>

#include "wire/candidates.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

using wire::InetEndpoint;
using wire::Path;

std::uint16_t port_of(const wire::DialPlan& plan) {
  const std::string& text = std::get<InetEndpoint>(plan.target).port;
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

std::vector<Path> with_port(std::vector<Path> paths, std::uint16_t port) {
  for (Path& path : paths) {
    wire::Candidate& target = path.target;
    target.address = wire::with_port(target.address, port);
    target.text = wire::shown(target.address, target.family, target.type, target.protocol);
  }
  return paths;
}

}  // namespace

std::string SharedLookups::key_of(const wire::DialPlan& plan) {
  const auto* inet = std::get_if<InetEndpoint>(&plan.target);
  if (!inet || wire::name_in(plan.target).empty() || !wire::is_number(inet->port)) return {};
  return to_string(wire::Endpoint(InetEndpoint{inet->transport, inet->host, "0"}));
}

std::vector<Path> SharedLookups::operator()(const wire::DialPlan& plan,
                                            io::Observer& observer) const {
  const std::string key = key_of(plan);
  if (key.empty()) return wire::find_paths(plan, observer);
  std::promise<std::vector<Path>> promise;
  Answer answer;
  bool asks = false;
  {
    const std::lock_guard lock(known_->mutex);
    const auto found = known_->answers.find(key);
    asks = found == known_->answers.end();
    answer = asks ? promise.get_future().share() : found->second;
    if (asks) known_->answers.emplace(key, answer);
  }
  if (asks) ask(key, plan, observer, std::move(promise));
  return with_port(answer.get(), port_of(plan));
}

void SharedLookups::ask(const std::string& key, const wire::DialPlan& plan, io::Observer& observer,
                        std::promise<std::vector<Path>> promise) const {
  try {
    promise.set_value(wire::find_paths(plan, observer));
  } catch (...) {
    {
      const std::lock_guard lock(known_->mutex);
      known_->answers.erase(key);
    }
    promise.set_exception(std::current_exception());
  }
}

}  // namespace sock::cmd
