// A look-up that knows no deadline of its own, under one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sock/timeout.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {

// What `call` gives; wire::look_up runs it in a thread that can be left behind, so what it uses it
// must own. Throws what it throws, and TimeoutError (operation "resolve").
template <class Call>
auto bounded(const std::string& subject, Timeout timeout, Call call) {
  const auto answer = std::make_shared<std::optional<decltype(call())>>();
  wire::Question question;
  // Not an address, which look_up takes for a question that nobody need be asked.
  question.host = wire::is_numeric(subject) ? "the name of " + subject : subject;
  wire::look_up(question, Deadline(timeout), [answer, call](const wire::Question&) {
    *answer = call();
    return std::vector<AddressInfo>();
  });
  return std::move(answer->value());
}

}  // namespace sock::cmd
