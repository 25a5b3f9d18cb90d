// What is read, made into what is written: line ends, messages of a stream, messages as text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/shape.hpp"

namespace sock::io {

class Filter {
 public:
  // The largest message that is made of a stream.
  static constexpr std::size_t largest_message = 64 * 1024;

  // What kinds of ends it stands between. `source` is the subject of errors.
  struct Place {
    bool from_messages = false;
    bool to_messages = false;
    std::string source = {};
  };

  // Null where there is nothing to be done.
  static std::unique_ptr<Filter> for_shape(const Shape&, Place);

  // One read: of a source of messages one of them. Throws Error (EMSGSIZE) for a message too large
  // for its length, NotationError for one that has no text. What of a stream cannot be made into
  // messages is a failure, and nothing is taken after it: see check().
  void put(std::span<const std::byte>);
  // Nothing more comes; what is held of an unfinished line or chunk is the last.
  void end();
  bool ended() const noexcept { return ended_; }
  // Throws what failed, once all that came before it has been taken: Error (EMSGSIZE) for a line
  // that is too large for a message; Error (EBADMSG) where the stream ends within a message whose
  // length was given; NotationError, which names the line and its column.
  void check() const;

  // What is to be written next: a message, or bytes of a stream.
  bool ready() const noexcept { return !units_.empty(); }
  std::span<const std::byte> front() const noexcept;  // valid until the next put()
  void pop(std::size_t) noexcept;

  std::uint64_t bytes_out() const noexcept { return out_; }
  // Bytes that it put in, less those that it left out.
  std::int64_t added() const noexcept { return added_; }

 private:
  enum class Work : std::uint8_t {
    crlf,
    split_lines,
    split_chunks,
    split_lengths,
    split_text,
    join_lines,
    join_lengths,
    join_text
  };

  Filter(Work, const Framing&, std::string source);
  void add_crlf(std::span<const std::byte>);
  void split_lines(std::span<const std::byte>);
  void end_line();
  void join_text(std::span<const std::byte>);
  void split_lengths(std::span<const std::byte>);
  void append(std::span<const std::byte>);
  void complete(std::size_t size);
  std::size_t unfinished() const noexcept;
  void fail(int error);

  Work work_;
  Framing framing_;
  std::string source_;
  std::vector<std::byte> bytes_;
  std::size_t head_ = 0;           // of the first unit in bytes_
  std::size_t tail_ = 0;           // behind the last unit: from here on it is unfinished
  std::deque<std::size_t> units_;  // their sizes
  bool after_cr_ = false;
  std::size_t length_ = 0;  // of the message that is read, and how much of that is known
  std::size_t length_bytes_ = 0;
  std::uint64_t lines_ = 0;  // read so far
  std::exception_ptr failure_;
  bool ended_ = false;
  std::uint64_t out_ = 0;
  std::int64_t added_ = 0;
};

}  // namespace sock::io
