// What happens on the way to a connection, told step by step with -v.
#pragma once

#include "cmd/console.hpp"
#include "cmd/exit.hpp"
#include "io/observer.hpp"

namespace sock::cmd {

class Narrator : public io::Observer {
 public:
  explicit Narrator(const Console& console) noexcept : console_(console) {}

  void resolving(std::string_view name) override;
  void resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds) override;
  void attempt(std::string_view address) override;
  void attempt_failed(std::string_view address, const Error&, std::chrono::nanoseconds) override;
  void connected(const Socket&, std::string_view address, std::chrono::nanoseconds) override;
  void secured(const io::Secured&) override;
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds) override;
  void proxying(std::string_view proxy, std::string_view target) override;
  void proxied(std::string_view proxy, std::string_view target, std::chrono::nanoseconds) override;
  void retrying(std::string_view target, const std::exception_ptr& failure,
                std::chrono::nanoseconds) override;
  void probed(const io::Probed&) override;
  void listening(const Socket&, std::string_view address) override;
  void introduced(std::string_view peer, std::string_view proxy) override;
  void accepted(const Socket&, std::string_view peer, std::uint64_t number) override;

  bool wants_sessions() const noexcept override { return console_.verbose(); }
  void denied(std::string_view peer, std::string_view local, std::string_view reason) override;
  void requested(const io::Requested&) override;
  void closed(const io::Closed&) override;
  void broken(std::string_view peer, const std::exception&) override;
  void lost(std::string_view peer, std::string_view what) override;
  void paused(const Error&) override;
  void started(const io::Program&) override;
  void exited(const io::Program&, const io::ExitStatus&, std::chrono::nanoseconds ran) override;

  // What the last session that broke, or lost something, would be worth as that of a run.
  Exit failure() const noexcept { return failure_; }

 private:
  const Console& console_;
  Exit failure_ = Exit::done;
};

}  // namespace sock::cmd
