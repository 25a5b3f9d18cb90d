#include "cmd/secure.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "cmd/exit.hpp"
#include "wire/tls_handshake.hpp"

namespace sock::cmd {

std::optional<Tls> set_up_tls(const std::optional<TlsPart>& part) {
  if (!part) return std::nullopt;
  wire::TlsPlan plan = part->plan;
  if (const char* file = std::getenv("SSLKEYLOGFILE")) plan.key_log = file;
  return Tls{wire::TlsContext(plan), part->peer_name};
}

std::string describe(const wire::TlsSession& session, std::chrono::system_clock::time_point now) {
  std::string text = session.version + ", " + session.cipher;
  if (!session.alpn.empty()) text += ", " + session.alpn;
  if (session.resumed) text += ", resumed";
  if (!session.peer) return text;
  const wire::TlsCertificate& peer = *session.peer;
  const auto hours = std::chrono::floor<std::chrono::hours>(peer.not_after - now).count();
  const std::string whose =
      peer.names.empty() ? peer.subject : fmt::format("{}", fmt::join(peer.names, ", "));
  const std::string left = hours < 0 ? "expired" : fmt::format("{} days left", hours / 24);
  return text + fmt::format("; certificate for {}, {}, {}", whose, left, peer.fingerprint);
}

std::unique_ptr<wire::TlsChannel> secure(Session& session, const Console& console, const Tls& tls,
                                         std::unique_ptr<io::Channel> transport,
                                         std::optional<io::Clock::time_point> until) {
  using Outcome = wire::TlsHandshake::Outcome;
  std::optional<Outcome> outcome;
  const wire::TlsHandshake handshake(session.loop(), tls.context, std::move(transport),
                                     tls.peer_name, until, [&](Outcome result) {
                                       outcome = std::move(result);
                                       session.stop();
                                     });
  session.run();
  session.check();
  if (outcome->error) std::rethrow_exception(outcome->error);
  console.detail(describe(outcome->session, std::chrono::system_clock::now()));
  return std::move(outcome->channel);
}

}  // namespace sock::cmd
