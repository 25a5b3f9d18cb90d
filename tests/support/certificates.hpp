// Certificates of every kind, made by openssl(1) for one test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/temp.hpp"

namespace support {

// Paths of PEM files.
struct Certificate {
  std::string file, key;
};

// What a certificate says besides its subject, in the words of openssl's configuration.
struct CertificateWish {
  std::string names = "DNS:localhost";  // subjectAltName; "": none
  std::string usage = "serverAuth";     // extendedKeyUsage
  std::string from = "", to = "";       // "20200101000000Z"; "": now, in thirty days
  bool authority = false;               // may sign others
};

// Signs with a certificate that it has signed itself, or that another authority has.
class Authority {
 public:
  Authority();
  explicit Authority(Authority& above);

  const std::string& file() const noexcept { return own_.file; }
  // A new key and a certificate for it; `name` is its common name.
  Certificate issue(const std::string& name, const CertificateWish& = {});
  // A list of all that this one has revoked, with its own certificate before it.
  std::string revoke(const Certificate&);

 private:
  void write_configuration();
  void openssl(std::vector<std::string> arguments) const;
  Certificate request(const std::string& name) const;

  TempDir dir_;
  Certificate own_;
};

// One file with the bytes of all.
std::string chain(const TempDir&, const std::vector<std::string>& files);

}  // namespace support
