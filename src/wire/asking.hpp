// A question that may take long, asked in a thread and answered on a loop.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "io/loop.hpp"
#include "sock/error.hpp"
#include "wire/lookup.hpp"

namespace sock::wire {

// Destroyed before the answer it leaves the thread behind, and nobody is told. What `ask` uses it
// must own.
template <class Answer>
class Asking {
 public:
  // `answered` is called once, from the loop, and may destroy this; the future has what `ask`
  // returned or threw. The loop must outlive this. Throws Error.
  Asking(io::Loop& loop, std::function<Answer()> ask,
         std::function<void(std::future<Answer>)> answered)
      : shared_(std::make_shared<Shared>()), answered_(std::move(answered)) {
    shared_->ready = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!shared_->ready) {
      const int err = errno;
      throw_errno(err, "eventfd");
    }
    watch_ = loop.watch(shared_->ready, io::Interest::read, "look-up", [this](io::Ready) {
      watch_ = {};
      const auto tell = std::move(answered_);
      tell(shared_->answer.get_future());
      return true;
    });
    leave_to_thread([shared = shared_, ask = std::move(ask)] { shared->run(ask); });
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  // With the thread, which may outlive the rest.
  struct Shared {
    Fd ready;  // readable when there is an answer
    std::promise<Answer> answer;
    void run(const std::function<Answer()>& ask) noexcept {
      try {
        answer.set_value(ask());
      } catch (...) {
        answer.set_exception(std::current_exception());
      }
      const std::uint64_t one = 1;
      (void)!::write(ready.get(), &one, sizeof one);
    }
  };
  std::shared_ptr<Shared> shared_;
  std::function<void(std::future<Answer>)> answered_;
  io::Watch watch_;
};

}  // namespace sock::wire
