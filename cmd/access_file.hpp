// The rules of --allow, --deny and --access.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "serve/access.hpp"
#include "sock/fd.hpp"
#include "sock/timeout.hpp"

namespace sock::cmd {

// Those of the options, and of the file unless its name is empty. Names are looked up, each within
// `timeout`. Throws UsageError that begins with the option or the file, gaierror.
serve::Access read_access(const std::vector<serve::Rule>& options, const std::string& file,
                          Timeout timeout);

// Calls back from the loop whenever a file was written, or another took its place: the directory
// is watched (inotify(7)), so that editors that make the file anew are seen, too.
class FileWatch {
 public:
  // Throws Error.
  FileWatch(io::Loop&, const std::string& path, std::function<void()> changed);

 private:
  bool on_readable();
  std::string name_;  // in its directory
  std::function<void()> changed_;
  Fd inotify_;
  io::Watch watch_;
};

}  // namespace sock::cmd
