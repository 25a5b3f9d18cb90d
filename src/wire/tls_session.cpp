#include "wire/tls_session.hpp"

namespace sock::wire {

io::Secured told(const TlsSession& session, std::string_view peer) noexcept {
  io::Secured told{.peer = peer,
                   .version = session.version,
                   .cipher = session.cipher,
                   .alpn = session.alpn,
                   .resumed = session.resumed,
                   .kernel_sends = session.kernel_sends,
                   .took = session.took};
  if (!session.peer) return told;
  told.names = session.peer->names;
  told.subject = session.peer->subject;
  told.fingerprint = session.peer->fingerprint;
  told.not_after = session.peer->not_after;
  return told;
}

}  // namespace sock::wire
