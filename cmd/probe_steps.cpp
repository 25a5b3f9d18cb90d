#include "cmd/probe_steps.hpp"

namespace sock::cmd {

void ProbeSteps::resolving(std::string_view name) {
  asked_ = io::Clock::now();
  if (names_.emplace(name).second) observer_.resolving(name);
}
void ProbeSteps::resolved(std::string_view name, std::size_t addresses,
                          std::chrono::nanoseconds took) {
  observer_.resolved(name, addresses, took);
}
void ProbeSteps::attempt(std::string_view address) {
  if (answered_ == io::Clock::time_point()) answered_ = io::Clock::now();
  observer_.attempt(address);
}
void ProbeSteps::attempt_failed(std::string_view address, const Error& error,
                                std::chrono::nanoseconds took) {
  took_ = took;
  observer_.attempt_failed(address, error, took);
}
void ProbeSteps::attempt_overtaken(std::string_view address, std::chrono::nanoseconds took) {
  observer_.attempt_overtaken(address, took);
}
void ProbeSteps::connected(const Socket& socket, std::string_view address,
                           std::chrono::nanoseconds took) {
  took_ = took;
  observer_.connected(socket, address, took);
}

void ProbeSteps::secured(const io::Secured& with) {
  took_ += with.took;
  observer_.secured(with);
}

std::chrono::nanoseconds ProbeSteps::look_up() const {
  if (asked_ == io::Clock::time_point()) return {};
  return (answered_ == io::Clock::time_point() ? io::Clock::now() : answered_) - asked_;
}

}  // namespace sock::cmd
