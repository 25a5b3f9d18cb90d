#include "io/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "sock/error.hpp"

namespace sock::io {

Mailbox::Mailbox(Loop& loop) : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_) {
    const int err = errno;
    throw_errno(err, "eventfd");
  }
  watch_ = loop.watch(event_, Interest::read, "mailbox", [this](Ready) { return on_readable(); });
}

void Mailbox::post(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(call));
    if (posted_.size() > 1) return;  // it was told already
  }
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof one);  // fails only where it is readable anyway
}

bool Mailbox::on_readable() {
  std::uint64_t count = 0;
  if (::read(event_.get(), &count, sizeof count) != sizeof count) return false;
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(posted_);
  }
  for (const auto& call : calls) call();
  return true;
}

}  // namespace sock::io
