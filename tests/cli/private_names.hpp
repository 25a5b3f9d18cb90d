// Programs that see other files of names than this machine's, and so ask no name server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/program.hpp"
#include "support/temp.hpp"

namespace cli {

// /etc/hosts with a text of its own, and no other source of names, in a mount namespace.
class PrivateNames {
 public:
  explicit PrivateNames(std::string_view hosts) {
    set_hosts(hosts);
    support::write_file(directory_ / "nsswitch.conf",
                        "hosts: files\nservices: files\nprotocols: files\n");
  }

  // In place: whoever sees the file sees the change.
  void set_hosts(std::string_view text) const { support::write_file(directory_ / "hosts", text); }

  Program program(std::vector<std::string> argv, Input input = {}) const {
    Program program;
    program.argv = {"unshare",
                    "--map-root-user",
                    "--mount",
                    "sh",
                    "-c",
                    "for f in hosts nsswitch.conf; do mount --bind \"$0/$f\" /etc/$f || exit 99; "
                    "done; exec \"$@\"",
                    directory_.path().string()};
    program.argv.insert(program.argv.end(), argv.begin(), argv.end());
    program.input = std::move(input);
    return program;
  }
  Program sock(std::vector<std::string> arguments, Input input = {}) const {
    arguments.insert(arguments.begin(), SOCK_PROGRAM);
    return program(std::move(arguments), std::move(input));
  }

  // "" where they can be had, else why not.
  std::string refused() const {
    if (!support::installed("unshare")) return "there is no unshare(1)";
    const Outcome outcome = support::run(program({"true"}));
    return outcome.code == 0 ? "" : "no mount namespace here: " + outcome.err;
  }

 private:
  support::TempDir directory_;
};

}  // namespace cli
