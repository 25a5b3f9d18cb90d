// Failures of proxies in words. Pure.
#pragma once

#include <string>

#include "wire/proxy_error.hpp"

namespace sock::cmd {

// "ask proxy socks5h://192.0.2.1:1080 for example.com:80: connection refused; nothing listens
// there"
std::string explain(const wire::ProxyError&);

}  // namespace sock::cmd
