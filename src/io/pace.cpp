#include "io/pace.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace sock::io {

namespace {

constexpr double kept_seconds = 0.1;

std::size_t first_line(std::span<const std::byte> bytes) noexcept {
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{'\n'});
  return static_cast<std::size_t>(end - bytes.begin()) + (end == bytes.end() ? 0 : 1);
}

}  // namespace

Pace::Pace(std::uint64_t rate, Clock::duration line_delay) noexcept
    : rate_(static_cast<double>(rate)),
      most_(std::max(1.0, rate_ * kept_seconds)),
      tokens_(most_),
      line_delay_(line_delay) {}

std::optional<std::size_t> Pace::allowed(std::span<const std::byte> bytes, bool message,
                                         Clock::time_point now) noexcept {
  if (now < line_at_) {
    next_ = line_at_;
    return std::nullopt;
  }
  if (line_delay_ > line_delay_.zero() && !message) bytes = bytes.first(first_line(bytes));
  if (rate_ == 0 || bytes.empty()) return bytes.size();
  refill(now);
  const auto size = static_cast<double>(bytes.size());
  // Half a bucket at once, so that a timer need not fire for every byte.
  const double enough = std::min(size, std::max(1.0, message ? most_ : most_ / 2));
  if (tokens_ < enough) {
    const std::chrono::duration<double> wait((enough - tokens_) / rate_);
    next_ = now + std::chrono::ceil<Clock::duration>(wait);
    return std::nullopt;
  }
  return message ? bytes.size() : static_cast<std::size_t>(std::min(size, std::floor(tokens_)));
}

void Pace::passed(std::span<const std::byte> bytes, bool message, Clock::time_point now) noexcept {
  if (rate_ != 0) tokens_ -= static_cast<double>(bytes.size());
  if (line_delay_ == line_delay_.zero()) return;
  if (message || (!bytes.empty() && bytes.back() == std::byte{'\n'})) line_at_ = now + line_delay_;
}

void Pace::refill(Clock::time_point now) noexcept {
  if (refilled_ == Clock::time_point()) refilled_ = now;
  const std::chrono::duration<double> passed = now - refilled_;
  refilled_ = now;
  tokens_ = std::min(most_, tokens_ + rate_ * passed.count());
}

}  // namespace sock::io
