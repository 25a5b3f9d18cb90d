#include "cmd/show.hpp"

#include <time.h>

#include <algorithm>
#include <utility>

#include "cmd/dump.hpp"
#include "cmd/limit_passed.hpp"

namespace sock::cmd {
namespace {

Sink sink_at(const Place& place, const Console& console) {
  switch (place.kind) {
    case Place::Kind::file:
      return Sink::file(place.path);
    case Place::Kind::descriptor:
      return Sink::descriptor(place.fd);
    case Place::Kind::standard_error:
      break;
  }
  return Sink::talk(console);
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Show::Show(const ShowPlan& plan, Console& console) : plan_(plan), narrator_(console) {
  all_ = {&phase_, &narrator_};
  if (plan.events) {
    const auto sink = std::make_shared<Sink>(sink_at(*plan.events, console));
    events_ = std::make_shared<Events>([sink](std::string_view line) { sink->write(line); });
    all_.push_back(events_.get());
    console.tell_failures_to([events = events_](std::string_view message, int exit_code) {
      try {
        events->failed(message, exit_code);
      } catch (const Error&) {  // perhaps it is the events that cannot be written
      }
    });
    if (*plan.events == Place()) {
      console.set_level(Console::Level::silent);
      Phase::be_silent();
    }
  }
  if (plan.dump) {
    dump_ = sink_at(plan.dump->place, console);
    ::tzset();  // it reads a file, which is out of reach in a sandbox
  }
  if (plan.tee) tee_ = Sink::file(*plan.tee);
  if (plan.record_in) record_in_ = Sink::file(*plan.record_in);
  if (plan.record_out) record_out_ = Sink::file(*plan.record_out);
}

void Show::resolving(std::string_view name) {
  tell([&](io::Observer& one) { one.resolving(name); });
}
void Show::resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds took) {
  tell([&](io::Observer& one) { one.resolved(name, addresses, took); });
}
void Show::attempt(std::string_view address) {
  tell([&](io::Observer& one) { one.attempt(address); });
}
void Show::attempt_failed(std::string_view address, const Error& error,
                          std::chrono::nanoseconds took) {
  tell([&](io::Observer& one) { one.attempt_failed(address, error, took); });
}
void Show::connected(const Socket& socket, std::string_view address,
                     std::chrono::nanoseconds took) {
  tell([&](io::Observer& one) { one.connected(socket, address, took); });
}
void Show::secured(const io::Secured& with) {
  tell([&](io::Observer& one) { one.secured(with); });
}
void Show::probed(const io::Probed& probed) {
  tell([&](io::Observer& one) { one.probed(probed); });
}
void Show::listening(const Socket& socket, std::string_view address) {
  tell([&](io::Observer& one) { one.listening(socket, address); });
}
void Show::introduced(std::string_view peer, std::string_view proxy) {
  tell([&](io::Observer& one) { one.introduced(peer, proxy); });
}
void Show::accepted(const Socket& socket, std::string_view peer, std::uint64_t number) {
  tell([&](io::Observer& one) { one.accepted(socket, peer, number); });
}
void Show::attempt_overtaken(std::string_view address, std::chrono::nanoseconds took) {
  tell([&](io::Observer& one) { one.attempt_overtaken(address, took); });
}
void Show::proxying(std::string_view proxy, std::string_view target) {
  for (auto* one : all_) one->proxying(proxy, target);
}
void Show::proxied(std::string_view proxy, std::string_view target, std::chrono::nanoseconds took) {
  for (auto* one : all_) one->proxied(proxy, target, took);
}
void Show::retrying(std::string_view target, const std::exception_ptr& failure,
                    std::chrono::nanoseconds pause) {
  tell([&](io::Observer& one) { one.retrying(target, failure, pause); });
}
void Show::denied(std::string_view peer, std::string_view local, std::string_view reason) {
  ++denied_;
  tell([&](io::Observer& one) { one.denied(peer, local, reason); });
}
void Show::requested(const io::Requested& request) {
  for (auto* one : all_) one->requested(request);
}
bool Show::wants_sessions() const noexcept {
  return std::any_of(all_.begin(), all_.end(), [](auto* one) { return one->wants_sessions(); });
}
void Show::first_byte(std::string_view peer, std::chrono::nanoseconds after) {
  tell([&](io::Observer& one) { one.first_byte(peer, after); });
}
void Show::half_closed(std::string_view peer, io::Direction direction) {
  tell([&](io::Observer& one) { one.half_closed(peer, direction); });
}
void Show::progress(std::string_view peer, const io::Traffic& traffic) {
  tell([&](io::Observer& one) { one.progress(peer, traffic); });
}
void Show::closed(const io::Closed& closed) {
  tell([&](io::Observer& one) { one.closed(closed); });
}
void Show::broken(std::string_view peer, const std::exception& error) {
  const auto* late = dynamic_cast<const TimeoutError*>(&error);
  if (late && late->code() == Errc::timed_out && !limit_.empty()) {
    const LimitPassed named(*late, limit_);
    return tell([&](io::Observer& one) { one.broken(peer, named); });
  }
  tell([&](io::Observer& one) { one.broken(peer, error); });
}
void Show::lost(std::string_view peer, std::string_view what) {
  tell([&](io::Observer& one) { one.lost(peer, what); });
}
void Show::paused(const Error& error) {
  tell([&](io::Observer& one) { one.paused(error); });
}

void Show::started(const io::Program& program) {
  tell([&](io::Observer& one) { one.started(program); });
}
void Show::exited(const io::Program& program, const io::ExitStatus& status,
                  std::chrono::nanoseconds ran) {
  tell([&](io::Observer& one) { one.exited(program, status, ran); });
}

void Show::state(const io::Served& so_far) {
  tell([&](io::Observer& one) { one.state(so_far); });
}

void Show::look_at(io::RelayOptions& options) {
  options.observer = this;
  if (dump_ || tee_ || record_in_)
    options.on_in = [this](auto bytes) { pass(io::Direction::in, bytes); };
  if (dump_ || tee_ || record_out_)
    options.on_out = [this](auto bytes) { pass(io::Direction::out, bytes); };
}

void Show::pass(io::Direction direction, std::span<const std::byte> bytes) {
  const bool out = direction == io::Direction::out;
  // First the copies: they are what must be whole.
  if (const auto& record = out ? record_out_ : record_in_) record->write(text_of(bytes));
  if (tee_) tee_->write(text_of(bytes));
  if (!dump_) return;
  const std::string time = time_of_day();
  std::uint64_t& offset = out ? dumped_out_ : dumped_in_;
  dump_->write(plan_.dump->hex ? hex_dump(bytes, offset, direction, time)
                               : text_dump(bytes, direction, time));
  offset += bytes.size();
}

}  // namespace sock::cmd
