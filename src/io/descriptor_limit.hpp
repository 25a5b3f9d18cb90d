// How many descriptors this process may have open.
#pragma once

#include <sys/resource.h>

namespace sock::io {

// Raises the soft limit to the hard one (getrlimit(2), RLIMIT_NOFILE) until it is destroyed.
// Programs that are run should be given the one before: select(2) breaks above 1024.
class DescriptorLimit {
 public:
  DescriptorLimit() noexcept;
  ~DescriptorLimit();
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

  rlim_t before() const noexcept { return before_.rlim_cur; }

 private:
  rlimit before_{};
  bool raised_ = false;
};

}  // namespace sock::io
