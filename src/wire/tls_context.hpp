// What TLS is to be spoken with: whom to trust, and who we are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace sock::wire {

// PEM files: a certificate, with the others of its chain after it, and its key.
struct TlsIdentity {
  std::string certificate;
  std::string key;  // "": in the same file
  bool operator==(const TlsIdentity&) const = default;
};

struct TlsPlan {
  enum class Side : std::uint8_t { client, server };
  enum class Trust : std::uint8_t {
    system,  // a chain to a certificate in the system's trust store
    path,    // a chain to a certificate in `trust_path`
    pins,    // the very certificate, whatever it says
    anyone,  // nobody is asked who they are (server), or believed (client)
  };
  enum class Version : std::uint8_t { v1_2, v1_3 };

  Side side = Side::client;
  bool datagrams = false;  // DTLS
  Trust trust = Trust::system;
  std::string trust_path;         // a file of certificates and revocation lists, or a directory
                                  // of them by their hashes (openssl-rehash(1))
  std::vector<std::string> pins;  // as TlsCertificate::fingerprint
  // A server's first is for those that ask for no name, or one that none of them has.
  std::vector<TlsIdentity> identities;
  std::vector<std::string> self_signed;  // make a certificate for these names
  std::vector<std::string> alpn;         // protocols, the most wanted first
  Version minimum = Version::v1_2;
  bool onward = false;  // the server is one that a listener forwards to; it is told when it fails
  bool kernel = true;   // may encrypt what is sent, where it can; all of that has to be finished,
                        // or the end of it may get lost
  std::string key_log;  // append the session keys to this file, for who looks on
  bool operator==(const TlsPlan&) const = default;
};

// Copies share it. Constant once it is made.
class TlsContext {
 public:
  // Reads the files. Throws TlsError: missing_library, setup with the file as subject.
  explicit TlsContext(const TlsPlan&);

  // Of our own certificate, the first of several; "" without one.
  const std::string& fingerprint() const noexcept;

  bool datagrams() const noexcept;

  // For tls_*.cpp.
  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// How TLS is spoken with one peer.
struct Tls {
  TlsContext context;
  std::string peer_name;  // whom the peer has to be; "": anyone that is trusted
};

}  // namespace sock::wire
