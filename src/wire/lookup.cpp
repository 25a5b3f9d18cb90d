#include "wire/lookup.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <memory>
#include <thread>

#include "sock/error.hpp"

namespace sock::wire {

namespace {

bool asks_nobody(const Question& q) noexcept {
  const bool host = !q.host || is_numeric(*q.host);
  return host && (!q.service || is_number(*q.service));
}

// The signals of this thread, all of them held back meanwhile.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

bool is_numeric(std::string_view host) noexcept {
  const std::string_view address = host.substr(0, host.find('%'));
  char text[INET6_ADDRSTRLEN] = {};
  if (address.size() >= sizeof text) return false;
  address.copy(text, sizeof text - 1);
  in6_addr bytes;
  if (::inet_pton(AF_INET6, text, &bytes) == 1) return true;
  return address.size() == host.size() && ::inet_pton(AF_INET, text, &bytes) == 1;
}

bool is_number(std::string_view service) noexcept {
  return std::all_of(service.begin(), service.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void leave_to_thread(std::function<void()> work) {
  // A signal must reach the threads that expect it, not this one, which inherits our mask.
  const SignalsBlocked blocked;
  std::thread(std::move(work)).detach();
}

std::vector<AddressInfo> ask_system(const Question& q) {
  return getaddrinfo(q.host, q.service, q.family, q.type, q.protocol, q.flags);
}

std::vector<AddressInfo> look_up(const Question& question, const Deadline& deadline,
                                 const Ask& ask) {
  if (deadline.unlimited() || asks_nobody(question)) return ask(question);
  // The thread shares nothing with us but the task's state, which dies with the last of the two.
  using Task = std::packaged_task<std::vector<AddressInfo>()>;
  const auto task = std::make_shared<Task>([=] { return ask(question); });
  std::future<std::vector<AddressInfo>> answer = task->get_future();
  leave_to_thread([task] { (*task)(); });
  if (answer.wait_until(deadline.at()) != std::future_status::ready)
    throw_error(Errc::timed_out, "resolve", question.host.value_or(question.service.value_or("")));
  return answer.get();
}

}  // namespace sock::wire
