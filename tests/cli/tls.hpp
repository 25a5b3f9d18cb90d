// What the tests of TLS share.
#pragma once

#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/certificates.hpp"

namespace cli {

// A listener with a certificate for localhost and 127.0.0.1, and who has signed it.
struct Secured {
  support::Authority authority;
  support::Certificate certificate =
      authority.issue("server", {.names = "DNS:localhost,IP:127.0.0.1", .usage = "serverAuth"});

  std::vector<std::string> options(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--tls", "--cert", certificate.file, "--key", certificate.key};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<std::string> connect(const Listener& listener,
                                   std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"connect", "--ca", authority.file(), "tls:" + listener.address};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace cli
