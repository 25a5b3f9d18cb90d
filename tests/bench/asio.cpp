#include <asio.hpp>
#include <memory>
#include <vector>

#include "ping_pong.hpp"

namespace bench {

PingPong asio_ping_pong(std::size_t size) {
  struct Pair {
    asio::io_context context;
    asio::local::stream_protocol::socket near{context}, far{context};
    std::vector<char> data;
  };
  const auto pair = std::make_shared<Pair>();
  pair->data.resize(size);
  asio::local::connect_pair(pair->near, pair->far);
  return [pair](int rounds) {
    const auto buffer = asio::buffer(pair->data);
    for (int i = 0; i < rounds; ++i) {
      pair->near.write_some(buffer);
      pair->far.read_some(buffer);
      pair->far.write_some(buffer);
      pair->near.read_some(buffer);
    }
  };
}

}  // namespace bench
