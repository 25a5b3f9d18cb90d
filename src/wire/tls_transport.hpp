// A channel as OpenSSL reads and writes it, which is a record at a time: of the channel many are
// read, and written to it, in one call.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

#include "io/buffer.hpp"
#include "io/channel.hpp"
#include "wire/tls_sending_keys.hpp"

struct bio_st;
struct bio_method_st;

namespace sock::wire {

class TlsTransport {
 public:
  // Where the channel keeps messages apart, each read and each write is one.
  explicit TlsTransport(std::unique_ptr<io::Channel> channel) noexcept
      : channel_(std::move(channel)), messages_(channel_->messages()) {}
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  // A BIO that reads and writes here; the caller's. It must not outlive this.
  bio_st* make_bio();

  io::Channel& channel() noexcept { return *channel_; }
  const io::Channel& channel() const noexcept { return *channel_; }

  // Something may have come since: the channel is asked again. In between it is not, once it gave
  // less than it was asked for.
  void begin() noexcept {
    drained_ = false;
    fair_reads_ = most_reads;
  }
  // It has given all that there was, or what is one's fair share.
  bool drained() const noexcept { return drained_; }
  // Something has come that OpenSSL has not read yet.
  bool has_more() const noexcept { return !ahead_.empty(); }
  // Writes what was collected. false: the channel is full. Throws what it throws.
  [[nodiscard]] bool flush();
  bool holds() const noexcept { return !collected_.empty() || refused_; }

  // Those that OpenSSL sends with since it has said so, where they are usable by others.
  const TlsSendingKeys* sending_keys() const noexcept { return keys_ ? &*keys_ : nullptr; }
  // Somebody else sends from now on: what OpenSSL writes is dropped.
  void mute() noexcept { muted_ = true; }
  // The keys are not asked for any more.
  void forget_keys() noexcept { keys_.reset(); }

  // The channel has read its end.
  bool ended() const noexcept { return ended_; }
  // What the channel threw while OpenSSL was reading.
  std::exception_ptr failure() const noexcept { return failure_; }

 private:
  static constexpr int most_reads = 64;  // messages at a time
  static constexpr std::size_t read_size = 256 * 1024;
  // More than TlsChannel makes records of at a time. A peer that makes us answer (key updates) and
  // never reads the answers gets no more of them.
  static constexpr std::size_t write_size = 96 * 1024;

  static const bio_method_st* method();
  static int read(bio_st*, char*, std::size_t, std::size_t*) noexcept;
  static int write(bio_st*, const char*, std::size_t, std::size_t*) noexcept;
  static long control(bio_st*, int, long, void*) noexcept;
  long note_keys(const void*) noexcept;
  io::Attempt read_ahead(std::span<std::byte>);

  std::unique_ptr<io::Channel> channel_;
  const bool messages_;
  io::Buffer ahead_{read_size};       // read, and not yet wanted
  io::Buffer collected_{write_size};  // to be written
  bool drained_ = false;
  bool refused_ = false;  // a message found the channel full
  int fair_reads_ = most_reads;
  bool ended_ = false;
  bool muted_ = false;
  std::optional<TlsSendingKeys> keys_;
  std::exception_ptr failure_;
};

}  // namespace sock::wire
