#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "io/channel.hpp"
#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

class SocketChannel final : public Channel {
 public:
  SocketChannel(Socket socket, std::string name, bool urgent)
      : socket_(std::move(socket)),
        name_(std::move(name)),
        stream_(socket_.type() == SOCK_STREAM),
        // tipc_shutdown() takes nothing but SHUT_RDWR; RFC 6458, 4.1.7: the peer of an SCTP
        // association that is shut down cannot send either.
        half_closes_(socket_.family() != AF_TIPC && socket_.proto() != IPPROTO_SCTP),
        urgent_(urgent) {
    if (urgent_) keep_urgent_bytes();
    socket_.setblocking(false);  // splice(2) and sendfile(2) have no MSG_DONTWAIT for sockets
  }

  Attempt try_read(std::span<std::byte> room) override {
    return stream_ ? receive_stream(socket_, room, name_) : receive_record(socket_, room, name_);
  }
  Attempt try_write(std::span<const std::byte> data) override {
    return send_to(socket_, data, name_, {}, urgent_ ? MSG_OOB : 0);
  }
  bool try_finish() override {
    finish_sending(socket_, name_, socket_.family() == AF_TIPC ? SHUT_RDWR : SHUT_WR);
    return true;
  }

  FdRef read_fd() const noexcept override { return socket_; }
  FdRef write_fd() const noexcept override { return socket_; }
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    return stream_ && !(urgent_ && write) ? std::optional<FdRef>(socket_) : std::nullopt;
  }
  bool half_closes() const noexcept override { return half_closes_; }
  bool messages() const noexcept override { return !stream_; }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  // Else recv(2) leaves them out of the stream.
  void keep_urgent_bytes() try {
    socket_.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1);
  } catch (const Error& e) {
    throw_errno(e.code().value(), "set option", "SO_OOBINLINE of " + name_);
  }

  Socket socket_;
  std::string name_;
  bool stream_;
  bool half_closes_;
  bool urgent_;
};

}  // namespace

std::unique_ptr<Channel> socket_channel(Socket socket, std::string name, bool urgent) {
  return std::make_unique<SocketChannel>(std::move(socket), std::move(name), urgent);
}

}  // namespace sock::io
