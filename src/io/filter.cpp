#include "io/filter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
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
      if (shape.framing.kind == Kind::chunk && split) return Work::split_chunks;
    }
    if (shape.crlf) return Work::crlf;
    return std::nullopt;
  }();
  if (!work) return nullptr;
  return std::unique_ptr<Filter>(new Filter(*work, shape.framing.size, std::move(place.source)));
}

Filter::Filter(Work work, std::size_t chunk, std::string source)
    : work_(work), chunk_(chunk), source_(std::move(source)) {}

void Filter::put(std::span<const std::byte> read) {
  if (!ready()) {  // only the rest, of less than one message, is moved
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(tail_));
    head_ = tail_ = 0;
  }
  switch (work_) {
    case Work::crlf:
      return add_crlf(read);
    case Work::split_lines:
      return split_lines(read);
    case Work::split_chunks:
      append(read);
      while (unfinished() >= chunk_) complete(chunk_);
      return;
    case Work::split_lengths:
      return split_lengths(read);
    case Work::join_lines:
      append(read);
      bytes_.push_back(lf);
      ++added_;
      return complete(unfinished());
    case Work::join_lengths:
      if (read.size() > 0xFFFF) too_large();
      append(std::array{static_cast<std::byte>(read.size() >> 8U),
                        static_cast<std::byte>(read.size() & 0xFFU)});
      append(read);
      added_ += length_size;
      return complete(unfinished());
  }
}

void Filter::end() {
  if (std::exchange(ended_, true)) return;
  if (length_bytes_ != 0) throw_errno(EBADMSG, "read", source_);
  if (unfinished() != 0) complete(unfinished());
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
  while (!read.empty()) {
    const auto end = std::find(read.begin(), read.end(), lf);
    const auto line = read.first(static_cast<std::size_t>(end - read.begin()));
    if (unfinished() + line.size() > largest_message) too_large();
    append(line);
    if (end == read.end()) return;
    complete(unfinished());
    --added_;
    read = read.subspan(line.size() + 1);
  }
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

void Filter::too_large() const { throw_errno(EMSGSIZE, "read", source_); }

}  // namespace sock::io
