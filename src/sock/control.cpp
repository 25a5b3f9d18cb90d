#include "sock/control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstring>
#include <utility>

#include "sock/error.hpp"

namespace sock::detail {

namespace {

// The process as a descriptor, for SO_PASSPIDFD (unix(7)); younger than many a C library.
constexpr int scm_pidfd = 4;

}  // namespace

std::size_t space_with(std::size_t total, std::size_t size) {
  if (size > INT_MAX - CMSG_SPACE(1)) throw_error(Errc::ancillary_too_large, "sendmsg");
  total += CMSG_SPACE(size);
  if (total > INT_MAX) throw_error(Errc::ancillary_too_much, "sendmsg");
  return total;
}

std::string lay_out(std::span<const ControlMessage> items) {
  std::size_t total = 0;
  for (const ControlMessage& item : items) total = space_with(total, item.data.size());
  std::string raw(total, '\0');
  char* at = raw.data();
  for (const ControlMessage& item : items) {
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(item.data.size());
    header.cmsg_level = item.level;
    header.cmsg_type = item.type;
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + CMSG_LEN(0), item.data.data(), item.data.size());
    at += CMSG_SPACE(item.data.size());
  }
  return raw;
}

std::optional<ControlItem> ControlReader::next() noexcept {
  if (rest_.size() < CMSG_LEN(0)) return {};
  cmsghdr header;
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.cmsg_len < CMSG_LEN(0)) {
    malformed_ = true;
    rest_ = {};
    return {};
  }
  rest_.remove_prefix(CMSG_LEN(0));
  const std::size_t length = header.cmsg_len - CMSG_LEN(0);
  const ControlItem item{header.cmsg_level, header.cmsg_type, rest_.substr(0, length)};
  if (item.data.size() < length) malformed_ = true;
  // The last item may have come without its padding.
  rest_.remove_prefix(std::min(CMSG_ALIGN(item.data.size()), rest_.size()));
  return item;
}

void take_descriptors(const ControlItem& item, std::vector<Fd>& into) noexcept {
  if (item.level != SOL_SOCKET || (item.type != SCM_RIGHTS && item.type != scm_pidfd)) return;
  for (auto data = item.data; data.size() >= sizeof(int); data.remove_prefix(sizeof(int))) {
    int number;
    std::memcpy(&number, data.data(), sizeof number);
    Fd fd(number);
    if (item.type == SCM_RIGHTS && into.size() < into.capacity()) into.push_back(std::move(fd));
  }
}

}  // namespace sock::detail
