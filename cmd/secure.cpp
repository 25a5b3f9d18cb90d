#include "cmd/secure.hpp"

#include <time.h>

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "cmd/console.hpp"
#include "cmd/exit.hpp"
#include "wire/tls_handshake.hpp"

namespace sock::cmd {
namespace {

std::string left(const io::Secured& with, std::chrono::system_clock::time_point now) {
  const auto days = std::chrono::floor<std::chrono::days>(with.not_after - now).count();
  return days < 0 ? "expired" : fmt::format("{} day{} left", days, days == 1 ? "" : "s");
}

}  // namespace

std::optional<Tls> set_up_tls(const std::optional<TlsPart>& part) {
  if (!part) return std::nullopt;
  wire::TlsPlan plan = part->plan;
  if (const char* file = std::getenv("SSLKEYLOGFILE")) plan.key_log = file;
  // OpenSSL compares dates as local times: the file for that is out of reach in a sandbox.
  ::tzset();
  return Tls{wire::TlsContext(plan), part->peer_name};
}

std::string describe(const io::Secured& with, std::chrono::system_clock::time_point now) {
  std::string text = fmt::format("{}, {}", with.version, with.cipher);
  if (!with.alpn.empty()) text += fmt::format(", {}", printable(with.alpn));
  if (with.resumed) text += ", resumed";
  if (with.kernel_sends) text += ", sent by the kernel";
  if (with.fingerprint.empty()) return text;
  const std::string whose = with.names.empty() ? std::string(with.subject)
                                               : fmt::format("{}", fmt::join(with.names, ", "));
  return text + fmt::format("; certificate for {}, {}, {}", printable(whose), left(with, now),
                            with.fingerprint);
}

std::string describe_briefly(const io::Secured& with, std::chrono::system_clock::time_point now) {
  std::string text(with.version);
  if (!with.alpn.empty()) text += fmt::format(", {}", printable(with.alpn));
  return with.fingerprint.empty() ? text : text + ", " + left(with, now);
}

std::unique_ptr<wire::TlsChannel> secure(Session& session, io::Observer& observer,
                                         std::unique_ptr<wire::TlsChannel> channel,
                                         std::optional<io::Clock::time_point> until) {
  using Outcome = wire::TlsHandshake::Outcome;
  std::optional<Outcome> outcome;
  const wire::TlsHandshake handshake(session.loop(), std::move(channel), until,
                                     [&](Outcome result) {
                                       outcome = std::move(result);
                                       session.stop();
                                     });
  session.run();
  session.check();
  if (outcome->error) std::rethrow_exception(outcome->error);
  observer.secured(wire::told(outcome->session, outcome->channel->name(true)));
  return std::move(outcome->channel);
}

}  // namespace sock::cmd
