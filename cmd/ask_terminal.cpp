#include "cmd/ask_terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "cmd/console.hpp"
#include "cmd/session.hpp"
#include "cmd/values.hpp"
#include "sock/fd.hpp"

namespace sock::cmd {
namespace {

// Shows nothing of what is typed while it lives, and cannot be suspended so.
class Silence {
 public:
  explicit Silence(FdRef terminal) noexcept : terminal_(terminal) {
    if (::tcgetattr(terminal_.get(), &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    changed_ = ::tcsetattr(terminal_.get(), TCSAFLUSH, &silent) == 0;
  }
  ~Silence() {
    if (changed_) ::tcsetattr(terminal_.get(), TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  FdRef terminal_;
  termios before_{};
  bool changed_ = false;
};

}  // namespace

std::string ask_terminal(const std::string& question) {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal)
    throw UsageError(question +
                     "there is no terminal to ask; see --proxy-password-file and "
                     "SOCK_PROXY_PASSWORD");
  // Signals come to the loop, so that the terminal is put back before one ends us.
  Session session;
  std::array<char, 1025> line{};
  ssize_t size = 0;
  {
    const Silence silence(terminal);
    write_all(terminal, printable(question));
    const io::Watch answer =
        session.loop().watch(terminal, io::Interest::read, "terminal", [&](io::Ready) {
          size = ::read(terminal.get(), line.data(), line.size());
          session.stop();
          return true;
        });
    session.run();
    write_all(terminal, "\n");
  }
  session.check();
  std::string_view text(line.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  if (!text.ends_with('\n')) throw UsageError(question + "nothing was typed, or too much");
  text.remove_suffix(1);
  return std::string(text);
}

}  // namespace sock::cmd
