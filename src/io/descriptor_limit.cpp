#include "io/descriptor_limit.hpp"

namespace sock::io {

DescriptorLimit::DescriptorLimit() noexcept {
  if (::getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
  const rlimit all{before_.rlim_max, before_.rlim_max};
  raised_ = before_.rlim_cur != before_.rlim_max && ::setrlimit(RLIMIT_NOFILE, &all) == 0;
}

DescriptorLimit::~DescriptorLimit() {
  if (raised_) ::setrlimit(RLIMIT_NOFILE, &before_);
}

}  // namespace sock::io
