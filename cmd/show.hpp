// Everything that is shown of a run: talk, events, progress, dumps, records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/events.hpp"
#include "cmd/flags_show.hpp"
#include "cmd/narrator.hpp"
#include "cmd/phase.hpp"
#include "cmd/sink.hpp"
#include "io/observer.hpp"
#include "io/relay.hpp"

namespace sock::cmd {

// Takes every call of io::Observer, from any thread, and hands it to each who is to know, one call
// after the other.
class Show : public io::Observer {
 public:
  // Opens the files. The console is borrowed; it is told to be silent where events take its place.
  Show(const ShowPlan&, Console&);

  void resolving(std::string_view) override;
  void resolved(std::string_view, std::size_t, std::chrono::nanoseconds) override;
  void attempt(std::string_view) override;
  void attempt_failed(std::string_view, const Error&, std::chrono::nanoseconds) override;
  void connected(const Socket&, std::string_view, std::chrono::nanoseconds) override;
  void secured(const io::Secured&) override;
  void probed(const io::Probed&) override;
  void listening(const Socket&, std::string_view) override;
  void introduced(std::string_view, std::string_view) override;
  void accepted(const Socket&, std::string_view, std::uint64_t) override;
  void attempt_overtaken(std::string_view, std::chrono::nanoseconds) override;
  void proxying(std::string_view, std::string_view) override;
  void proxied(std::string_view, std::string_view, std::chrono::nanoseconds) override;
  void retrying(std::string_view, const std::exception_ptr&, std::chrono::nanoseconds) override;
  void denied(std::string_view, std::string_view, std::string_view) override;
  void requested(const io::Requested&) override;
  bool wants_sessions() const noexcept override;
  void first_byte(std::string_view, std::chrono::nanoseconds) override;
  void half_closed(std::string_view, io::Direction) override;
  void progress(std::string_view, const io::Traffic&) override;
  void closed(const io::Closed&) override;
  void broken(std::string_view, const std::exception&) override;
  void lost(std::string_view, std::string_view) override;
  void paused(const Error&) override;
  void started(const io::Program&) override;
  void exited(const io::Program&, const io::ExitStatus&, std::chrono::nanoseconds ran) override;
  void state(const io::Served&) override;

  // Some of it needs the bytes to pass here, or to be counted; for events that is only worth while
  // where there is a conversation anyway.
  bool needs_bytes() const noexcept {
    return plan_.dump || plan_.tee || plan_.record_in || plan_.record_out || plan_.progress;
  }
  bool needs_relay() const noexcept { return plan_ != ShowPlan(); }
  std::uint64_t denied_so_far() const noexcept { return denied_; }
  // Names the limit of a connection's beginnings, for those that are told to have missed it.
  void call_limit(std::string name) { limit_ = std::move(name); }
  // Has a conversation tell of itself.
  void look_at(io::RelayOptions&);
  // What the last of many conversations that broke, or lost something, would be worth as that of a
  // run.
  Exit failure() const noexcept { return narrator_.failure(); }
  bool has_events() const noexcept { return events_ != nullptr; }
  bool has_progress() const noexcept { return plan_.progress; }

 private:
  void pass(io::Direction, std::span<const std::byte>);
  template <class Call>
  void tell(const Call& call) {
    const std::lock_guard lock(mutex_);
    for (io::Observer* one : all_) call(*one);
  }

  std::mutex mutex_;
  std::string limit_ = {};
  std::atomic<std::uint64_t> denied_ = 0;
  ShowPlan plan_;
  Narrator narrator_;
  PhaseWatch phase_;
  std::shared_ptr<Events> events_;  // with the console, which outlives this
  std::vector<io::Observer*> all_;
  std::optional<Sink> dump_, tee_, record_in_, record_out_;
  std::uint64_t dumped_out_ = 0, dumped_in_ = 0;  // bytes
};

}  // namespace sock::cmd
