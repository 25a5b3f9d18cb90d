// What one peer sends goes to all others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "serve/mode.hpp"
#include "serve/outbox.hpp"

namespace sock::serve {

// A line of a chat, as the others see it: "<name> text" and a newline. What a terminal might take
// for a command (control characters but the tab) is written \xNN. Pure.
std::string chat_line(std::string_view name, std::string_view text);

// A peer that ends its side leaves. What peers send is read as fast as the fastest of the others
// takes it. One that takes less has a queue of its own; when that is full it is dropped, so that it
// never slows the others.
class Hub : public Mode {
 public:
  enum class Style {
    broker,  // bytes as they come
    chat,    // whole lines, with the sender's name
  };
  explicit Hub(Style style, std::size_t most_waiting = 1024 * 1024)
      : style_(style), most_waiting_(most_waiting) {}

  std::unique_ptr<Session> serve(Visit, Socket) override;

 private:
  class Member;
  void to_others(const Member& from, const Chunk&);
  bool somebody_takes(const Member& from) const noexcept;
  void go_on();
  void lose_patience();
  const Style style_;
  const std::size_t most_waiting_;  // bytes, for one peer
  std::vector<Member*> members_;
  bool waiting_ = false;    // a member is not read from, for no other takes anything
  bool impatient_ = false;  // it is read from all the same, until somebody takes something
  io::Timer patience_;
};

}  // namespace sock::serve
