// Addresses as words of a command line, where the port may be a word of its own. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sock::cmd {

struct AddressWord {
  std::string address;
  std::string port;  // the word behind it, "" where that is none: a port, or a list of ports
  bool operator==(const AddressWord&) const = default;
};

// "HOST PORT" belongs together where HOST has no port yet; every other word is an address.
std::vector<AddressWord> pair_ports(std::span<const std::string> words);

// A letter of a port, or of a list of them: "22,80,8000-8010,http".
bool is_port_character(char) noexcept;

}  // namespace sock::cmd
