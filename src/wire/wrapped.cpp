#include "wire/wrapped.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"
#include "sock/fd.hpp"
#include "wire/proxy_error.hpp"
#include "wire/socks.hpp"

namespace sock::wire {

namespace {

constexpr std::size_t largest = 64 * 1024;  // bytes of a datagram

// Readable when either is.
class Both {
 public:
  Both(FdRef a, FdRef b) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) fail("epoll_create1");
    for (const FdRef one : {a, b}) {
      epoll_event event{};
      event.events = EPOLLIN;
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, one.get(), &event) != 0) fail("epoll_ctl");
    }
  }
  FdRef fd() const noexcept { return epoll_; }

 private:
  [[noreturn]] static void fail(const char* operation) {
    const int err = errno;
    throw_errno(err, operation);
  }
  Fd epoll_;
};

class WrappedChannel final : public io::Channel {
 public:
  WrappedChannel(Socket socket, Wrapping wrapping, std::string name)
      : socket_(std::move(socket)), wrapping_(std::move(wrapping)), name_(std::move(name)) {
    if (!wrapping_.control) return;
    come_.resize(largest);
    either_.emplace(socket_, *wrapping_.control);
  }

  io::Attempt try_read(std::span<std::byte> room) override {
    if (!wrapping_.control) return io::receive_datagram(socket_, room, name_);
    // Nonsense cannot keep it here for ever.
    for (int dropped = 0; dropped < 64; ++dropped) {
      const io::Attempt attempt = io::receive_datagram(socket_, come_, name_);
      if (attempt.kind != io::Attempt::Kind::moved) break;
      const std::string_view whole(reinterpret_cast<const char*>(come_.data()), attempt.bytes);
      if (const auto parsed = parse_socks_datagram(whole))
        return hand_out(std::span(come_).first(attempt.bytes).subspan(parsed->data), room);
    }
    look_at_control();
    return io::Attempt::blocked();
  }

  io::Attempt try_write(std::span<const std::byte> data) override {
    if (wrapping_.header.empty()) return io::send_to(socket_, data, name_);
    const auto header = Socket::bytes(wrapping_.header);
    going_.assign(header.begin(), header.end());
    going_.insert(going_.end(), data.begin(), data.end());
    const io::Attempt attempt = io::send_to(socket_, going_, name_);
    return attempt.kind == io::Attempt::Kind::moved ? io::Attempt::moved(data.size()) : attempt;
  }

  bool try_finish() override { return true; }  // there is no way to tell
  FdRef read_fd() const noexcept override { return either_ ? either_->fd() : FdRef(socket_); }
  FdRef write_fd() const noexcept override { return socket_; }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return true; }
  bool endless() const noexcept override { return true; }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  io::Attempt hand_out(std::span<const std::byte> data, std::span<std::byte> room) const {
    if (data.size() > room.size()) throw io::CutMessage(data.size(), name_);
    std::copy(data.begin(), data.end(), room.begin());
    return io::Attempt::moved(data.size());
  }

  // A proxy says nothing more there.
  void look_at_control() {
    std::string how = "it ended the connection that holds the datagrams";
    try {
      std::array<std::byte, 512> words;
      std::optional<std::size_t> size;
      while ((size = wrapping_.control->try_recv(words)).value_or(0) != 0) {
      }
      if (!size) return;
    } catch (const Error& error) {
      how += ": " + error.code().message();
    }
    throw ProxyError(ProxyErrc::ended, "go on through proxy", wrapping_.proxy, how);
  }

  Socket socket_;
  Wrapping wrapping_;
  std::string name_;
  std::vector<std::byte> come_, going_;  // one datagram
  std::optional<Both> either_;
};

}  // namespace

std::unique_ptr<io::Channel> wrapped_channel(Socket socket, Wrapping wrapping, std::string name) {
  return std::make_unique<WrappedChannel>(std::move(socket), std::move(wrapping), std::move(name));
}

}  // namespace sock::wire
