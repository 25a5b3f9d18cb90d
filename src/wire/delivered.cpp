#include "wire/delivered.hpp"

#include <algorithm>
#include <utility>

namespace sock::wire {

using io::Attempt;

void Delivered::deliver(const Address& from, std::span<const std::byte> data) {
  from_ = from;
  come_ = data;
}

void Delivered::belong_to(std::string name, Send send) {
  name_ = std::move(name);
  send_ = std::move(send);
}

// One that is larger than a record can be is none that the peer has made, and is dropped.
Attempt Delivered::try_read(std::span<std::byte> room) {
  const auto data = std::exchange(come_, std::nullopt);
  if (!data || data->size() > room.size()) return Attempt::blocked();
  std::copy(data->begin(), data->end(), room.begin());
  return Attempt::moved(data->size());
}

Attempt Delivered::try_write(std::span<const std::byte> data) {
  send_(from_, data);
  return Attempt::moved(data.size());
}

}  // namespace sock::wire
