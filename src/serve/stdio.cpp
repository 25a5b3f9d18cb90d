#include "serve/stdio.hpp"

#include <algorithm>
#include <utility>

#include "serve/stdio_takers.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

// What datagrams may bring before the output is seen to take no more.
constexpr std::size_t most_beyond = 64 * 1024;

}  // namespace

// All peers as one end that bytes go to: each gets every one of them.
class Stdio::Everybody final : public io::Channel {
 public:
  explicit Everybody(Stdio& stdio) : stdio_(stdio) {}

  io::Attempt try_read(std::span<std::byte>) override { return io::Attempt::end(); }
  io::Attempt try_write(std::span<const std::byte> data) override {
    if (!stdio_.somebody_is_hungry()) return io::Attempt::blocked();
    const Chunk chunk = std::make_shared<const std::string>(
        reinterpret_cast<const char*>(data.data()), data.size());
    stdio_.for_each_taker([&](Taker& taker) { taker.take(chunk); });
    return io::Attempt::moved(data.size());
  }
  bool try_finish() override {
    stdio_.input_over();
    return true;
  }

  // Never waited for: Stdio knows who is hungry.
  FdRef read_fd() const noexcept override { return FdRef(-1); }
  FdRef write_fd() const noexcept override { return FdRef(-1); }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return stdio_.options_.messages; }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  Stdio& stdio_;
  const std::string name_ = "the peers";
};

Stdio::Stdio(io::Loop& loop, std::unique_ptr<io::Channel> local, StdioOptions options,
             Failed failed)
    : loop_(loop),
      local_(std::move(local)),
      options_(options),
      failed_(std::move(failed)),
      everybody_(std::make_unique<Everybody>(*this)),
      input_(*local_, *everybody_,
             {.buffer_size = options.read_size,
              .route = io::Flow::Route::buffer,
              .shape = options.out_shape}),
      join_(io::Filter::for_shape({.framing = options.in_shape.framing},
                                  {.from_messages = options.messages, .source = "a peer"})) {
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
    const bool read = ready.read && pass_input();
    rearm();
    return written || read;
  } catch (...) {
    broke(std::current_exception());
    return true;
  }
}

bool Stdio::pass_input() {
  passing_ = true;
  const bool moved = input_.pump();
  passing_ = false;
  if (input_.state() == io::Flow::State::failed) std::rethrow_exception(input_.error());
  return moved;
}

void Stdio::input_over() {
  input_ended_ = true;
  for_each_taker([](Taker& taker) { taker.input_over(); });
}

// Who takes it may end, and others with it.
void Stdio::for_each_taker(const std::function<void(Taker&)>& call) {
  const std::vector<Taker*> all = takers_;
  for (Taker* taker : all)
    if (std::find(takers_.begin(), takers_.end(), taker) != takers_.end()) call(*taker);
}

bool Stdio::somebody_is_hungry() const {
  return std::any_of(takers_.begin(), takers_.end(),
                     [](const Taker* taker) { return taker->hungry(); });
}

void Stdio::put_out(const Taker& from, std::span<const std::byte> data) {
  if (broken_) {
    unwritten_ += data.size();
    return;
  }
  if (!join_) return write_at_once(from, data);
  try {
    join_->put(data);
  } catch (const std::exception&) {  // has no place in the stream
    return from.lost(data.size());
  }
  for (; join_->ready(); join_->pop(join_->front().size())) write_at_once(from, join_->front());
}

// What the output does not take now waits, and nothing more is read of connections; only datagrams
// come all the same.
void Stdio::write_at_once(const Taker& from, std::span<const std::byte> data) {
  if (broken_) {
    unwritten_ += data.size();
    return;
  }
  std::size_t written = 0;
  try {
    while (output_is_free() && written < data.size()) {
      const io::Attempt attempt = local_->try_write(data.subspan(written));
      if (attempt.kind != io::Attempt::Kind::moved) break;
      written += attempt.bytes;
    }
    const auto rest = data.subspan(written);
    if (output_.size() + rest.size() > options_.most_waiting + most_beyond)
      return from.lost(rest.size());
    output_.insert(output_.end(), rest.begin(), rest.end());
    if (!rest.empty()) rearm();
  } catch (...) {
    broke(std::current_exception());
    unwritten_ += data.size() - written;
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
  if (broken_ || passing_) return;
  const bool hungry = options_.ending.out && somebody_is_hungry();
  auto read = hungry && input_.wants_read() ? io::Interest::read : io::Interest::none;
  const auto write = output_is_free() ? io::Interest::none : io::Interest::write;
  const bool one = local_->read_fd() == local_->write_fd();
  if (one) read = read | write;
  watch_local(read_watch_, local_->read_fd(), read);
  if (!one) watch_local(write_watch_, local_->write_fd(), write);
  rearm_input(hungry);
}

// For what is held of the input: that somebody takes it again, or that its time has come.
void Stdio::rearm_input(bool hungry) {
  const auto at = input_.paused_until();
  if (!at && !(hungry && input_.wants_write())) {
    more_input_ = {};
    return;
  }
  more_input_ = loop_.at(at.value_or(io::Clock::time_point()), [this] {
    more_input_ = {};
    try {
      pass_input();
      rearm();
    } catch (...) {
      broke(std::current_exception());
    }
  });
}

// No watch without a wish: it would be told of the hang-up of a pipe that nobody reads yet.
void Stdio::watch_local(io::Watch& watch, FdRef fd, io::Interest interest) {
  if (watch)
    watch.set(interest);
  else if (interest != io::Interest::none)
    watch = loop_.watch(fd, interest, "standard input and output",
                        [this](io::Ready ready) { return on_local(ready); });
}

void Stdio::broke(std::exception_ptr error) {
  if (std::exchange(broken_, true)) return;
  read_watch_ = {};
  write_watch_ = {};
  more_input_ = {};
  unwritten_ = output_.size();
  failed_(std::move(error));
}

}  // namespace sock::serve
