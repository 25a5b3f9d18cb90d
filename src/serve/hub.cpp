#include "serve/hub.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "serve/stream_session.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 16;
// A longer line goes out in parts.
constexpr std::size_t longest_line = 4096;
// How long peers that send wait for others none of which takes anything.
constexpr auto patience = std::chrono::seconds(1);

bool is_control(unsigned char c) noexcept { return (c < 0x20 && c != '\t') || c == 0x7f; }

// The second byte of U+0080 to U+009F, which some terminals take for commands, too.
bool is_c1(std::string_view text, std::size_t i) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  return i > 0 && byte(i - 1) == 0xc2 && byte(i) >= 0x80 && byte(i) < 0xa0;
}

}  // namespace

std::string chat_line(std::string_view name, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::string line = '<' + std::string(name) + "> ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!is_control(byte) && !is_c1(text, i)) {
      line += text[i];
      continue;
    }
    if (is_c1(text, i)) line.replace(line.size() - 1, 1, "\\xc2");
    line += "\\x";
    line += digits[byte >> 4U];
    line += digits[byte & 0xfU];
  }
  return line + '\n';
}

class Hub::Member final : public StreamSession {
 public:
  Member(Visit visit, Socket socket, Hub& hub)
      : StreamSession(std::move(visit), std::move(socket), io::Interest::read), hub_(hub) {
    hub_.members_.push_back(this);
  }
  ~Member() override {
    std::erase(hub_.members_, this);
    hub_.go_on();
  }

  Counts counts() const noexcept override {
    return {StreamSession::counts().received, outbox_.sent()};
  }

  bool hungry() const noexcept { return outbox_.empty() && !leaving_; }
  void go_on() {
    if (std::exchange(paused_, false)) arm();
  }
  // false: it is too slow, or gone. One piece more than may wait is no sign of that yet.
  bool take(const Chunk& chunk) {
    if (leaving_) return true;
    if (outbox_.size() > hub_.most_waiting_) return false;
    error_ = outbox_.send(socket(), chunk);
    arm();
    return error_ == 0;
  }
  void drop() {
    if (error_ != 0) return broke(error_, "send");
    visit().sessions().observer().lost(
        visit().name(),
        std::to_string(outbox_.size()) + " bytes: it reads too slowly, and is dropped");
    end("slow");
  }

 private:
  bool on_ready(io::Ready ready) override {
    bool progress = false;
    if (ready.write && !outbox_.empty()) {
      const std::size_t before = outbox_.size();
      if (const int err = outbox_.flush(socket())) return broke(err, "send"), true;
      progress = outbox_.size() != before;
      if (progress) moved();
      if (outbox_.empty()) {
        if (leaving_) return end("ended"), true;
        arm();
        hub_.go_on();
      }
    }
    for (int reads = 0; ready.read && !leaving_ && reads < fair_reads; ++reads) {
      if (!hub_.somebody_takes(*this)) return pause(), progress;
      const Received received = read();
      if (received.kind != Received::Kind::bytes) return stopped_by(received) || progress;
      progress = true;
      const auto bytes = scratch().first(received.bytes);
      hear({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    return progress;
  }

  // What is on its way to it still gets there.
  void on_end() override {
    if (!line_.empty()) say(std::exchange(line_, {}));
    if (outbox_.empty()) return end("ended");
    leaving_ = true;
    arm();
    hub_.go_on();
  }

  void pause() {
    paused_ = true;
    arm();
    hub_.waiting_ = true;
    if (!hub_.patience_)
      hub_.patience_ =
          visit().sessions().loop().after(patience, [hub = &hub_] { hub->lose_patience(); });
  }

  void arm() {
    const bool reads = !paused_ && !leaving_;
    const auto read = reads ? io::Interest::read : io::Interest::none;
    want(outbox_.empty() ? read : read | io::Interest::write);
  }

  void hear(std::string_view text) {
    if (hub_.style_ == Style::broker)
      return hub_.to_others(*this, std::make_shared<const std::string>(text));
    while (!text.empty()) {
      const auto newline = text.find('\n');
      const std::size_t room = longest_line - line_.size();
      const auto part = text.substr(0, std::min(newline, room));
      line_ += part;
      const bool whole = newline == part.size();
      text.remove_prefix(part.size() + (whole ? 1 : 0));
      if (whole || line_.size() == longest_line) say(std::exchange(line_, {}));
    }
  }

  void say(std::string_view line) {
    hub_.to_others(*this, std::make_shared<const std::string>(chat_line(visit().name(), line)));
  }

  Hub& hub_;
  Outbox outbox_;
  std::string line_;  // of a chat, not ended yet
  bool paused_ = false;
  bool leaving_ = false;
  int error_ = 0;
};

// Also whoever is alone is read from: nobody is there to wait for.
bool Hub::somebody_takes(const Member& from) const noexcept {
  if (impatient_) return true;
  bool others = false;
  for (const Member* member : members_) {
    if (member == &from) continue;
    if (member->hungry()) return true;
    others = true;
  }
  return !others;
}

void Hub::go_on() {
  impatient_ = false;
  if (!std::exchange(waiting_, false)) return;
  patience_ = {};
  for (Member* member : members_) member->go_on();
}

// Nobody has taken anything for so long: the queues may fill, and who does not read is dropped.
void Hub::lose_patience() {
  go_on();
  impatient_ = true;
}

void Hub::to_others(const Member& from, const Chunk& chunk) {
  std::vector<Member*> doomed;
  for (Member* member : members_)
    if (member != &from && !member->take(chunk)) doomed.push_back(member);
  for (Member* member : doomed) member->drop();
}

std::unique_ptr<Session> Hub::serve(Visit visit, Socket socket) {
  return std::make_unique<Member>(std::move(visit), std::move(socket), *this);
}

}  // namespace sock::serve
