// What happens on the way to a connection, told step by step with -v.
#pragma once

#include "cmd/console.hpp"
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
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds) override;
  void retrying(std::string_view target, const std::exception_ptr& failure,
                std::chrono::nanoseconds) override;
  void accepted(const Socket&, std::string_view peer) override;

 private:
  const Console& console_;
};

}  // namespace sock::cmd
