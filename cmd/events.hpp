// What happens, as JSON: one object a line, as sock-events(5) describes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "io/observer.hpp"

namespace sock::cmd {

class Events : public io::Observer {
 public:
  // Each line, its newline included, is handed to `write`.
  explicit Events(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

  void resolving(std::string_view name) override;
  void resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds) override;
  void attempt(std::string_view address) override;
  void attempt_failed(std::string_view address, const Error&, std::chrono::nanoseconds) override;
  void connected(const Socket&, std::string_view address, std::chrono::nanoseconds) override;
  void secured(const io::Secured&) override;
  void probed(const io::Probed&) override;
  void listening(const Socket&, std::string_view address) override;
  void introduced(std::string_view peer, std::string_view proxy) override;
  void accepted(const Socket&, std::string_view peer, std::uint64_t number) override;
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds) override;
  void proxying(std::string_view proxy, std::string_view target) override;
  void proxied(std::string_view proxy, std::string_view target, std::chrono::nanoseconds) override;
  void retrying(std::string_view target, const std::exception_ptr&,
                std::chrono::nanoseconds pause) override;
  void denied(std::string_view peer, std::string_view local, std::string_view reason) override;
  void requested(const io::Requested&) override;
  bool wants_sessions() const noexcept override { return true; }
  void first_byte(std::string_view peer, std::chrono::nanoseconds) override;
  void half_closed(std::string_view peer, io::Direction) override;
  void progress(std::string_view peer, const io::Traffic&) override;
  void closed(const io::Closed&) override;
  void broken(std::string_view peer, const std::exception&) override;
  void lost(std::string_view peer, std::string_view what) override;
  void paused(const Error&) override;
  void started(const io::Program&) override;
  void exited(const io::Program&, const io::ExitStatus&, std::chrono::nanoseconds ran) override;
  void state(const io::Served&) override;
  void failed(std::string_view message, int exit_code) override;

 private:
  // Of a connection, so that its last event has it, too.
  struct Ends {
    std::string protocol, local;
  };
  struct Dialled {
    std::string peer;
    Ends ends;
  };
  class Line;

  std::function<void(std::string_view)> write_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::map<std::uint64_t, Ends> accepted_;  // by the number of the conversation
  Dialled dialled_;                         // the last: there is one at a time
};

}  // namespace sock::cmd
