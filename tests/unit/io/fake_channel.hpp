// A channel that needs no system.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/channel.hpp"
#include "sock/error.hpp"

namespace ends {

using sock::io::Attempt;
using sock::io::Channel;

// A channel in memory: reads come from a script, writes are recorded.
struct Fake final : Channel {
  struct Read {
    enum class Kind { data, end, blocked, error } kind;
    std::string data = {};
  };
  std::deque<Read> reads;            // then blocked
  std::vector<std::string> written;  // one a write
  std::size_t room = 1'000'000'000;  // how much it takes, before it is blocked
  int write_error = 0;
  int finish_blocked = 0, finished = 0;
  bool keeps = false, stores = false, batching = false;
  std::size_t most_of_a_batch = 1000;  // messages it takes of one; 0: blocked
  int asked = 0, tried = 0;

  Attempt try_read(std::span<std::byte> into) override {
    ++asked;
    if (reads.empty()) return Attempt::blocked();
    Read& next = reads.front();
    if (next.kind == Read::Kind::error) sock::throw_errno(ECONNRESET, "recv", "fake");
    if (next.kind == Read::Kind::end) return Attempt::end();
    if (next.kind == Read::Kind::blocked) {
      reads.pop_front();
      return Attempt::blocked();
    }
    const std::size_t n = std::min(into.size(), next.data.size());
    std::memcpy(into.data(), next.data.data(), n);
    next.data.erase(0, n);
    if (next.data.empty()) reads.pop_front();
    return Attempt::moved(n);
  }
  Attempt try_write(std::span<const std::byte> from) override {
    ++tried;
    if (write_error != 0) sock::throw_errno(write_error, "send", "fake");
    const std::size_t n = std::min(from.size(), room);
    if (n == 0 && !from.empty()) return Attempt::blocked();
    room -= n;
    written.emplace_back(reinterpret_cast<const char*>(from.data()), n);
    return Attempt::moved(n);
  }
  std::size_t try_write_batch(std::span<const std::byte> bytes,
                              std::span<const std::size_t> sizes) override {
    ++tried;
    if (write_error != 0) sock::throw_errno(write_error, "send", "fake");
    std::size_t taken = 0;
    for (; taken < sizes.size() && taken < most_of_a_batch; ++taken) {
      written.emplace_back(reinterpret_cast<const char*>(bytes.data()), sizes[taken]);
      bytes = bytes.subspan(sizes[taken]);
    }
    return taken;
  }
  bool batches() const noexcept override { return batching; }
  bool try_finish() override {
    if (finish_blocked-- > 0) return false;
    ++finished;
    return true;
  }
  sock::FdRef read_fd() const noexcept override { return sock::FdRef(-1); }
  sock::FdRef write_fd() const noexcept override { return sock::FdRef(-1); }
  std::optional<sock::FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return keeps; }
  bool pending() const noexcept override { return stores; }
  const std::string& name(bool) const noexcept override { return name_; }

  std::string name_ = "fake";
};

inline Fake::Read data(std::string text) { return {Fake::Read::Kind::data, std::move(text)}; }
inline const Fake::Read the_end{Fake::Read::Kind::end};
inline const Fake::Read an_error{Fake::Read::Kind::error};

inline std::string text_of(const Fake& channel) {
  std::string all;
  for (const auto& part : channel.written) all += part;
  return all;
}

}  // namespace ends
