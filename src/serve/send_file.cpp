#include "serve/send_file.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "serve/stream_session.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr std::size_t most_at_once = 1024 * 1024;
constexpr int fair_turns = 16;

class SendFileSession final : public StreamSession {
 public:
  SendFileSession(Visit visit, Socket socket, FdRef file, const io::Shape& shape)
      : StreamSession(std::move(visit), nonblocking(std::move(socket)), io::Interest::both),
        file_(file) {
    if (Brake::needed(shape))
      brake_ = std::make_unique<Brake>(this->visit().sessions().loop(), shape, [this] { arm(); });
  }

  Counts counts() const noexcept override {
    return {StreamSession::counts().received, static_cast<std::uint64_t>(offset_)};
  }

 private:
  // sendfile(2) has no flag for it.
  static Socket nonblocking(Socket socket) {
    socket.setblocking(false);
    return socket;
  }

  bool on_ready(io::Ready ready) override {
    bool progress = false;
    if (ready.write && !sent_all_) {
      for (int turns = 0; turns < fair_turns && !sent_all_; ++turns) {
        const std::size_t most = brake_ ? brake_->allowed(scratch(), false).size() : most_at_once;
        sent_all_ = brake_ && brake_->exhausted();
        if (most == 0) {
          progress = true;
          break;
        }
        const ssize_t n = ::sendfile(socket().get(), file_.get(), &offset_, most);
        if (n < 0) {
          const int err = errno;
          if (err == EINTR) continue;
          if (err == EAGAIN) break;
          return broke(err, "send"), true;
        }
        progress = true;
        moved();
        sent_all_ = n == 0;
        if (brake_) brake_->passed(scratch().first(static_cast<std::size_t>(n)));
      }
      if (sent_all_) {
        ::shutdown(socket().get(), SHUT_WR);
        if (peer_ended_) return end("ended"), true;
      }
      arm();
    }
    // To leave it unread would make our close a reset, which destroys what the peer has not read.
    for (int reads = 0; ready.read && reads < fair_turns; ++reads) {
      const Received received = read_and_drop();
      if (received.kind != Received::Kind::bytes) return stopped_by(received) || progress;
      progress = true;
    }
    return progress;
  }

  // It may end its side before it has got everything.
  void on_end() override {
    if (sent_all_) return end("ended");
    peer_ended_ = true;
    arm();
  }

  void arm() {
    const auto reading = peer_ended_ ? io::Interest::none : io::Interest::read;
    const bool writing = !sent_all_ && !(brake_ && brake_->holds());
    want(writing ? reading | io::Interest::write : reading);
  }

  FdRef file_;
  std::unique_ptr<Brake> brake_;
  off_t offset_ = 0;
  bool sent_all_ = false;
  bool peer_ended_ = false;
};

}  // namespace

SendFile::SendFile(const std::string& path, const io::Shape& shape) : path_(path), shape_(shape) {
  file_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file_) {
    const int err = errno;
    throw_errno(err, "open", path);
  }
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw_errno(S_ISDIR(status.st_mode) ? EISDIR : ESPIPE, "open", path);
}

std::unique_ptr<Session> SendFile::serve(Visit visit, Socket socket) {
  return std::make_unique<SendFileSession>(std::move(visit), std::move(socket), file_, shape_);
}

}  // namespace sock::serve
