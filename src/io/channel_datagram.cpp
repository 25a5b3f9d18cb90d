#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "io/channel.hpp"
#include "io/datagram_queue.hpp"
#include "io/datagram_sender.hpp"
#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

// Of others the system would not know to cut a run of datagrams, and send it as one.
bool is_udp(const Socket& socket) noexcept {
  const bool inet = socket.family() == AF_INET || socket.family() == AF_INET6;
  return inet && socket.type() == SOCK_DGRAM &&
         (socket.proto() == 0 || socket.proto() == IPPROTO_UDP);
}

class DatagramChannel final : public Channel {
 public:
  DatagramChannel(Socket socket, Address peer, std::string name, bool from_everybody)
      : socket_(std::move(socket)),
        peer_(peer),
        name_(std::move(name)),
        from_everybody_(from_everybody || !peer),
        sender_(is_udp(socket_)) {}

  Attempt try_read(std::span<std::byte> room) override {
    if (from_everybody_) return queue_.receive(socket_, room, name_, nullptr);
    // Strangers cannot keep it here for ever.
    for (int dropped = 0; dropped < 64; ++dropped) {
      Address from;
      const Attempt attempt = queue_.receive(socket_, room, name_, &from);
      if (attempt.kind != Attempt::Kind::moved || from == peer_) return attempt;
    }
    return Attempt::blocked();
  }

  Attempt try_write(std::span<const std::byte> data) override {
    const Attempt attempt = send_to(socket_, data, name_, peer_);
    if (attempt.kind == Attempt::Kind::blocked && socket_.family() == AF_UNIX) connect_to_peer();
    return attempt;
  }

  std::size_t try_write_batch(std::span<const std::byte> bytes,
                              std::span<const std::size_t> sizes) override {
    if (sizes.size() == 1) return try_write(bytes).kind == Attempt::Kind::moved ? 1 : 0;
    const std::size_t sent = sender_.send(socket_, bytes, sizes, name_, peer_);
    if (sent == 0 && socket_.family() == AF_UNIX) connect_to_peer();
    return sent;
  }
  bool batches() const noexcept override { return true; }
  bool try_finish() override { return true; }  // there is no way to tell

  FdRef read_fd() const noexcept override { return socket_; }
  FdRef write_fd() const noexcept override { return socket_; }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool pending() const noexcept override { return queue_.pending(); }
  bool messages() const noexcept override { return true; }
  bool endless() const noexcept override { return true; }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  // A Unix datagram socket blocks on the receiver's full queue, and only a connected one can be
  // waited on for that (unix_dgram_poll looks at the peer's).
  void connect_to_peer() {
    if (!peer_ || connected_) return;
    if (::connect(socket_.fileno(), peer_.data(), peer_.size()) != 0) {
      const int err = errno;
      throw_errno(err, "connect", name_);
    }
    connected_ = true;
  }

  Socket socket_;
  Address peer_;
  std::string name_;
  bool from_everybody_;
  DatagramQueue queue_;
  DatagramSender sender_;
  bool connected_ = false;
};

}  // namespace

std::unique_ptr<Channel> datagram_channel(Socket socket, Address peer, std::string name,
                                          bool from_everybody) {
  return std::make_unique<DatagramChannel>(std::move(socket), peer, std::move(name),
                                           from_everybody);
}

}  // namespace sock::io
