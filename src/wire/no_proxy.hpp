// For whom proxies are not. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace sock::wire {

// The usual meaning of NO_PROXY: entries with commas or blanks between them, each "*", a name that
// stands for all under it (".example.com", "*.example.com" and "example.com" alike), an address, or
// a network "10.0.0.0/8"; with ":PORT" for that port alone. Nonsense stands for nobody.
bool is_excepted(std::string_view no_proxy, std::string_view host, std::uint16_t port);

}  // namespace sock::wire
