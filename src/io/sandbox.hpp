// What a run gives up for its rest: Landlock, landlock(7), and a filter of system calls,
// seccomp(2).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sock::io {

// What is still needed, besides moving bytes between descriptors that are open.
struct Grants {
  // Directories with all that is beneath them; of a file the directory that it is really in, for it
  // may be made anew there.
  std::vector<std::string> read = {};
  std::vector<std::string> remove_in = {};  // directories from which names are removed
  std::vector<std::string> bind_in = {};    // directories in which Unix sockets are bound
  bool accepts = false;                     // connections are taken
  bool connects = false;                    // connections, and sockets, are made
  bool binds = false;                       // TCP sockets get a port of our choice, and may listen
  bool lookups = false;                     // names are asked for: in threads, by modules of the
                                            // system's that are mapped for it
  bool threads = false;                     // they begin
  bool interface_names = false;             // an address may have the name of an interface
  bool unix_peers = false;                  // datagrams may go to abstract names

  bool operator==(const Grants&) const = default;
};

// What is in force.
struct Sandbox {
  // Not under a sanitizer, whose runtime needs what is given up.
  static const bool built_in;
  int landlock = 0;       // version of its interface; 0: this kernel has it not, or not switched on
  std::size_t calls = 0;  // how many system calls are left; 0: no filter
};

// For this thread, its privileges and whichever threads it begins; the filter also holds for those
// that it began before. Nothing of it can be taken back. Places that are not there, or out of
// our reach, are passed over; what this kernel does not have, or whoever runs us keeps from us, is
// left out. `strict`: a refused call ends the process (SIGSYS), so that tests miss none. Throws
// Error where what is there does not work.
Sandbox enter_sandbox(const Grants&, bool strict = false);

}  // namespace sock::io
