#include "cmd/kept_input.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace sock::cmd {

void KeptInput::put_back(std::size_t bytes) {
  if (bytes > next_) throw std::logic_error("more is put back than was kept");
  next_ -= bytes;
}

io::Attempt KeptInput::try_read(std::span<std::byte> room) {
  if (next_ == kept_.size()) return read_on(room);
  const std::size_t n = std::min(room.size(), kept_.size() - next_);
  std::memcpy(room.data(), kept_.data() + next_, n);
  next_ += n;
  return io::Attempt::moved(n);
}

bool KeptInput::read_ahead() {
  if (!reads_ahead()) return false;
  const std::size_t next = next_, before = kept_.size();
  std::vector<std::byte> room(most_ - (before - next));
  const io::Attempt attempt = read_on(room);
  if (attempt.kind == io::Attempt::Kind::moved) next_ -= before - next + attempt.bytes;
  return attempt.kind != io::Attempt::Kind::blocked;
}

io::Attempt KeptInput::read_on(std::span<std::byte> room) {
  // An end is told once by a terminal.
  if (ended_) return io::Attempt::end();
  const io::Attempt attempt = local_->try_read(room);
  ended_ = attempt.kind == io::Attempt::Kind::end;
  if (attempt.kind != io::Attempt::Kind::moved) return attempt;
  kept_.append(reinterpret_cast<const char*>(room.data()), attempt.bytes);
  // Not at every read: what is dropped is moved over.
  if (kept_.size() > 4 * most_) kept_.erase(0, kept_.size() - most_);
  next_ = kept_.size();
  return attempt;
}

}  // namespace sock::cmd
