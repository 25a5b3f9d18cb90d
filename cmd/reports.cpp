#include "cmd/reports.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

using namespace std::chrono_literals;
using Why = io::RelayResult::Why;

constexpr auto redraw = 250ms;
constexpr int ticks_an_event = 4;

// As the C library decides it, without having it read its locale's files.
bool has_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string_view text(value);
    return text.ends_with("UTF-8") || text.ends_with("utf8");
  }
  return false;
}

std::string one_way(const io::RelayResult::Count& count, std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  const double rate = seconds > 0 ? static_cast<double>(count.delivered) / seconds : 0;
  std::string text = fmt::format("{} at {}/s", show_bytes(count.delivered), show_size(rate));
  if (count.messages != 0)
    text += fmt::format(" in {} message{}", count.messages, count.messages == 1 ? "" : "s");
  if (count.lost() != 0) text += fmt::format(", {} more read", show_bytes(count.lost()));
  return text + (count.over ? ", ended" : "");
}

}  // namespace

Reports::Reports(Session& session, const Console& console, Show* show, std::string peer,
                 std::optional<std::uint64_t> size, SoFar so_far)
    : session_(session),
      console_(console),
      show_(show),
      peer_(std::move(peer)),
      size_(size),
      so_far_(std::move(so_far)),
      draws_(show && show->has_progress() && console.terminal_width()) {
  session_.when_asked([this] { answer(); });
  window_.add(start_, 0);
  if (draws_ || (show && show->has_events()))
    timer_ = session_.loop().after(redraw, [this] { tick(); });
}

Reports::~Reports() {
  session_.when_asked(nullptr);
  if (!draws_) return;
  draw();
  console_.end_status();
}

void Reports::tick() {
  timer_ = session_.loop().after(redraw, [this] { tick(); });
  if (draws_) draw();
  if (++ticks_ % ticks_an_event != 0 || !show_->has_events()) return;
  const io::Traffic now = traffic();
  if (std::exchange(told_, now.sent + now.received) != now.sent + now.received)
    show_->progress(peer_, now);
}

void Reports::draw() {
  const io::Traffic now = traffic();
  window_.add(start_ + now.elapsed, now.sent + now.received);
  const MeterState state{.sent = now.sent,
                         .received = now.received,
                         .size = size_,
                         .elapsed = now.elapsed,
                         .rate = window_.now(),
                         .seconds = window_.seconds()};
  // One column is left free: some terminals go to the next line when the last is written.
  console_.status(meter_line(state, console_.terminal_width().value_or(80) - 1, has_unicode()));
}

void Reports::answer() {
  if (show_ && show_->has_events()) show_->progress(peer_, traffic());
  console_.answer(snapshot(so_far_(), peer_, io::Clock::now() - start_));
}

io::Traffic Reports::traffic() const {
  const io::RelayResult result = so_far_();
  return {result.out.delivered, result.in.delivered, io::Clock::now() - start_};
}

std::string snapshot(const io::RelayResult& result, const std::string& peer,
                     std::chrono::nanoseconds time) {
  return fmt::format("connection to {} for {}: sent {}; received {}", peer, show_duration(time),
                     one_way(result.out, time), one_way(result.in, time));
}

const char* reason_of(const io::RelayResult& result) noexcept {
  switch (result.why) {
    case Why::ended:
      return "ended";
    case Why::limited:
      return "enough";
    case Why::linger:
      return "linger";
    case Why::idle_timeout:
      return "idle_timeout";
    case Why::deadline:
      return "deadline";
    case Why::output_closed:
      return "output_closed";
    case Why::failed:
      return "failed";
    case Why::stopped:
      break;
  }
  return "signal";
}

}  // namespace sock::cmd
