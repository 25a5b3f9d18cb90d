#include "io/filter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "sock/error.hpp"

namespace sock::io {

namespace {

constexpr std::byte cr{'\r'}, lf{'\n'};
constexpr std::size_t length_size = 2;

}  // namespace

std::unique_ptr<Filter> Filter::for_shape(const Shape& shape, Place place) {
  const auto work = [&]() -> std::optional<Work> {
    using Kind = Framing::Kind;
    if (place.from_messages != place.to_messages) {
      const bool split = place.to_messages;
      if (shape.framing.kind == Kind::line) return split ? Work::split_lines : Work::join_lines;
      if (shape.framing.kind == Kind::length)
        return split ? Work::split_lengths : Work::join_lengths;
      if (shape.framing.kind == Kind::text) return split ? Work::split_text : Work::join_text;
      if (shape.framing.kind == Kind::chunk && split) return Work::split_chunks;
    }
    if (shape.crlf) return Work::crlf;
    return std::nullopt;
  }();
  if (!work) return nullptr;
  return std::unique_ptr<Filter>(new Filter(*work, shape.framing, std::move(place.source)));
}

Filter::Filter(Work work, const Framing& framing, std::string source)
    : work_(work), framing_(framing), source_(std::move(source)) {}

void Filter::put(std::span<const std::byte> read) {
  if (failure_) return;
  if (!ready()) {  // only the rest, of less than one message, is moved
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(tail_));
    head_ = tail_ = 0;
  }
  switch (work_) {
    case Work::crlf:
      return add_crlf(read);
    case Work::split_lines:
    case Work::split_text:
      return split_lines(read);
    case Work::split_chunks:
      append(read);
      while (unfinished() >= framing_.size) complete(framing_.size);
      return;
    case Work::split_lengths:
      return split_lengths(read);
    case Work::join_lines:
      append(read);
      bytes_.push_back(lf);
      ++added_;
      return complete(unfinished());
    case Work::join_lengths:
      if (read.size() > 0xFFFF) throw_errno(EMSGSIZE, "read", source_);
      append(std::array{static_cast<std::byte>(read.size() >> 8U),
                        static_cast<std::byte>(read.size() & 0xFFU)});
      append(read);
      added_ += length_size;
      return complete(unfinished());
    case Work::join_text:
      return join_text(read);
  }
}

void Filter::end() {
  if (std::exchange(ended_, true) || failure_) return;
  if (length_bytes_ != 0) return fail(EBADMSG);
  if (unfinished() == 0) return;
  if (work_ == Work::split_text) return end_line();
  complete(unfinished());
}

void Filter::check() const {
  if (failure_ && !ready()) std::rethrow_exception(failure_);
}

std::span<const std::byte> Filter::front() const noexcept {
  return std::span(bytes_).subspan(head_, units_.front());
}

void Filter::pop(std::size_t n) noexcept {
  head_ += n;
  out_ += n;
  units_.front() -= n;
  if (units_.front() == 0) units_.pop_front();
}

void Filter::add_crlf(std::span<const std::byte> read) {
  while (!read.empty()) {
    const auto end = std::find(read.begin(), read.end(), lf);
    const auto text = read.first(static_cast<std::size_t>(end - read.begin()));
    append(text);
    if (!text.empty()) after_cr_ = text.back() == cr;
    if (end == read.end()) break;
    if (!std::exchange(after_cr_, false)) {
      bytes_.push_back(cr);
      ++added_;
    }
    bytes_.push_back(lf);
    read = read.subspan(text.size() + 1);
  }
  complete(unfinished());
}

void Filter::split_lines(std::span<const std::byte> read) {
  const std::size_t longest = work_ == Work::split_text ? longest_line : largest_message;
  while (!read.empty()) {
    const auto end = std::find(read.begin(), read.end(), lf);
    const auto line = read.first(static_cast<std::size_t>(end - read.begin()));
    if (unfinished() + line.size() > longest) return fail(EMSGSIZE);
    append(line);
    if (end == read.end()) return;
    end_line();
    if (failure_) return;
    --added_;
    read = read.subspan(line.size() + 1);
  }
}

// What is unfinished is a whole line.
void Filter::end_line() {
  ++lines_;
  if (work_ == Work::split_lines) return complete(unfinished());
  const std::size_t size = unfinished();
  const std::string_view line(reinterpret_cast<const char*>(bytes_.data()) + tail_, size);
  try {
    const auto message = parse_message(framing_.notation, line);
    if (message && message->size() > largest_message) return fail(EMSGSIZE);
    bytes_.resize(tail_);
    added_ -= static_cast<std::int64_t>(size);
    if (!message) return;  // a blank line
    added_ += static_cast<std::int64_t>(message->size());
    append(*message);
    complete(message->size());
  } catch (const NotationError& error) {
    failure_ = std::make_exception_ptr(
        NotationError(source_ + ": line " + std::to_string(lines_) + ", " + error.what()));
  }
}

void Filter::join_text(std::span<const std::byte> message) try {
  const std::string line = message_text(framing_.notation, message) + '\n';
  append(std::as_bytes(std::span(line)));
  added_ += static_cast<std::int64_t>(line.size()) - static_cast<std::int64_t>(message.size());
  complete(line.size());
} catch (const NotationError& error) {
  throw NotationError(source_ + ": " + error.what());
}

void Filter::split_lengths(std::span<const std::byte> read) {
  while (!read.empty()) {
    if (length_bytes_ < length_size) {
      length_ = (length_ << 8U | std::to_integer<std::size_t>(read.front())) & 0xFFFFU;
      ++length_bytes_;
      --added_;
      read = read.subspan(1);
    }
    if (length_bytes_ < length_size) continue;
    const auto part = read.first(std::min(read.size(), length_ - unfinished()));
    append(part);
    read = read.subspan(part.size());
    if (unfinished() < length_) return;
    complete(length_);
    length_bytes_ = 0;
  }
}

void Filter::append(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Filter::complete(std::size_t size) {
  units_.push_back(size);
  tail_ += size;
}

std::size_t Filter::unfinished() const noexcept { return bytes_.size() - tail_; }

void Filter::fail(int error) try { throw_errno(error, "read", source_); } catch (...) {
  failure_ = std::current_exception();
}

}  // namespace sock::io
