#include "cmd/in_order.hpp"

#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(Source source, unsigned threads, std::size_t ahead)
      : source_(std::move(source)), threads_(threads), ahead_(ahead) {}

  void run() {
    start_one();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failed_ || (ended_ && delivered_ == taken_); });
    // From here on nothing is delivered, for all is or failed_ forbids it.
    if (failed_) std::rethrow_exception(std::move(failure_));
  }

 private:
  struct Piece {
    std::size_t number;
    Work work;
  };

  void start_one() {
    ++started_;
    wire::leave_to_thread([self = shared_from_this()] {
      std::exception_ptr failure;
      try {
        while (auto piece = self->take()) self->deliver(piece->number, piece->work());
      } catch (...) {
        failure = std::current_exception();
      }
      if (failure) self->fail(std::move(failure));
    });
  }

  // Of several failures the first is told. Its thread keeps nothing of it.
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(failed_, true)) failure_ = std::move(failure);
    changed_.notify_all();
  }

  std::optional<Piece> take() {
    // Its holder may wait in the source for long; those who deliver do not need it.
    const std::lock_guard turn(source_mutex_);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return failed_ || taken_ - delivered_ < ahead_; });
      if (failed_ || ended_) return std::nullopt;
    }
    std::optional<Work> work;
    try {
      work = source_();
    } catch (...) {
      // Before anybody else can ask it: what it would give next is no work of this run.
      fail(std::current_exception());
      return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    if (!work) {
      ended_ = true;
      changed_.notify_all();
      return std::nullopt;
    }
    if (started_ < threads_) start_one();
    return Piece{taken_++, std::move(*work)};
  }

  void deliver(std::size_t number, Delivery delivery) {
    const std::lock_guard lock(mutex_);
    done_.emplace(number, std::move(delivery));
    for (auto next = done_.find(delivered_); next != done_.end() && !failed_;
         next = done_.find(delivered_)) {
      // One that throws is not there any more, and holds up those behind it for good.
      const Delivery give = std::move(next->second);
      done_.erase(next);
      give();
      ++delivered_;
    }
    changed_.notify_all();
  }

  Source source_;
  const unsigned threads_;
  const std::size_t ahead_;
  std::mutex source_mutex_, mutex_;  // taken in this order
  std::condition_variable changed_;
  std::map<std::size_t, Delivery> done_;
  std::size_t taken_ = 0, delivered_ = 0;
  unsigned started_ = 0;
  bool ended_ = false, failed_ = false;
  std::exception_ptr failure_;
};

}  // namespace

void in_order(const Source& source, unsigned threads, std::size_t ahead) {
  if (threads > 1) return std::make_shared<Line>(source, threads, ahead)->run();
  while (const auto work = source()) (*work)()();
}

}  // namespace sock::cmd
