#include "serve/stdio.hpp"

#include <algorithm>
#include <utility>

#include "serve/stdio_takers.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

// What is read of the input at once; UDP over IPv4 takes no larger datagram.
constexpr std::size_t most_at_once = 65507;

}  // namespace

Stdio::Stdio(io::Loop& loop, std::unique_ptr<io::Channel> local, StdioOptions options,
             Failed failed)
    : loop_(loop), local_(std::move(local)), options_(options), failed_(std::move(failed)) {
  options_.ending.input_is_terminal = options_.ending.input_is_terminal || local_->terminal();
}

Stdio::~Stdio() = default;

std::unique_ptr<Session> Stdio::serve(Visit visit, Socket socket) {
  return std::make_unique<Connection>(std::move(visit), std::move(socket), *this);
}

std::unique_ptr<DatagramSession> Stdio::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<Datagrams>(std::move(visit), port, *this);
}

void Stdio::finish(const std::function<void()>& done) {
  if (output_is_free() || broken_) return done();
  finished_ = done;
}

bool Stdio::on_local(io::Ready ready) {
  try {
    const bool written = ready.write && write_output();
    const bool read = ready.read && read_input();
    rearm();
    return written || read;
  } catch (...) {
    broke();
    return true;
  }
}

bool Stdio::read_input() {
  if (!room_) room_ = std::make_unique_for_overwrite<std::byte[]>(most_at_once);
  const io::Attempt attempt = local_->try_read({room_.get(), most_at_once});
  switch (attempt.kind) {
    case io::Attempt::Kind::blocked:
      return false;
    case io::Attempt::Kind::end:
      input_ended_ = true;
      for_each_taker([](Taker& taker) { taker.input_over(); });
      break;
    case io::Attempt::Kind::moved:
      to_all(std::make_shared<const std::string>(reinterpret_cast<const char*>(room_.get()),
                                                 attempt.bytes));
      break;
  }
  return true;
}

// Who takes it may end, and others with it.
void Stdio::for_each_taker(const std::function<void(Taker&)>& call) {
  const std::vector<Taker*> all = takers_;
  for (Taker* taker : all)
    if (std::find(takers_.begin(), takers_.end(), taker) != takers_.end()) call(*taker);
}

void Stdio::to_all(const Chunk& chunk) {
  for_each_taker([&](Taker& taker) { taker.take(chunk); });
}

// What the output does not take now waits, and nothing more is read of connections; only datagrams
// come all the same.
void Stdio::put_out(const Taker& from, std::span<const std::byte> data) {
  if (broken_) return;
  try {
    std::size_t written = 0;
    while (output_is_free() && written < data.size()) {
      const io::Attempt attempt = local_->try_write(data.subspan(written));
      if (attempt.kind != io::Attempt::Kind::moved) break;
      written += attempt.bytes;
    }
    const auto rest = data.subspan(written);
    if (output_.size() + rest.size() > options_.most_waiting + most_at_once)
      return from.lost(rest.size());
    output_.insert(output_.end(), rest.begin(), rest.end());
    if (!rest.empty()) rearm();
  } catch (...) {
    broke();
  }
}

bool Stdio::write_output() {
  const io::Attempt attempt = local_->try_write(output_);
  if (attempt.kind != io::Attempt::Kind::moved) return false;
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(attempt.bytes));
  if (!output_is_free()) return true;
  output_ = {};
  for_each_taker([](Taker& taker) { taker.output_free(); });
  if (const auto done = std::exchange(finished_, nullptr)) done();
  return true;
}

void Stdio::rearm() {
  if (broken_) return;
  const bool reading = options_.ending.out && !input_ended_ &&
                       std::any_of(takers_.begin(), takers_.end(),
                                   [](const Taker* taker) { return taker->hungry(); });
  auto read = reading ? io::Interest::read : io::Interest::none;
  const auto write = output_is_free() ? io::Interest::none : io::Interest::write;
  const bool one = local_->read_fd() == local_->write_fd();
  if (one) read = read | write;
  watch_local(read_watch_, local_->read_fd(), read);
  if (!one) watch_local(write_watch_, local_->write_fd(), write);
}

// No watch without a wish: it would be told of the hang-up of a pipe that nobody reads yet.
void Stdio::watch_local(io::Watch& watch, FdRef fd, io::Interest interest) {
  if (watch)
    watch.set(interest);
  else if (interest != io::Interest::none)
    watch = loop_.watch(fd, interest, "standard input and output",
                        [this](io::Ready ready) { return on_local(ready); });
}

void Stdio::broke() {
  if (std::exchange(broken_, true)) return;
  read_watch_ = {};
  write_watch_ = {};
  failed_(std::current_exception());
}

}  // namespace sock::serve
