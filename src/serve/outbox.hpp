// Bytes that a peer does not take at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sock/fd.hpp"

namespace sock::serve {

// Shared by all who are to get it.
using Chunk = std::shared_ptr<const std::string>;

// Takes memory only while something waits in it. A chunk is one message where the socket keeps
// them.
class Outbox {
 public:
  // Sends at once as much as goes; the rest waits for flush(). 0, or the errno of a peer that is
  // gone.
  [[nodiscard]] int send(FdRef, std::span<const std::byte>);
  [[nodiscard]] int send(FdRef, const Chunk&);
  [[nodiscard]] int flush(FdRef);

  bool empty() const noexcept { return chunks_.empty(); }
  std::size_t size() const noexcept { return size_; }    // bytes that wait
  std::uint64_t sent() const noexcept { return sent_; }  // bytes that the system took

 private:
  void keep(Chunk, std::size_t from);
  std::vector<Chunk> chunks_;
  std::size_t first_ = 0;   // the first that is not sent
  std::size_t offset_ = 0;  // in it
  std::size_t size_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace sock::serve
