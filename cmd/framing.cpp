#include "cmd/framing.hpp"

#include <linux/can.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "cmd/values.hpp"

namespace sock::cmd {

io::Framing parse_framing(std::string_view text) {
  using Kind = io::Framing::Kind;
  if (text == "none") return {};
  if (text == "line") return {Kind::line};
  if (text == "length") return {Kind::length};
  if (text == "hex") return {Kind::text, 0, io::Notation::hex};
  if (text == "can") return {Kind::text, 0, io::Notation::can};
  if (text == "bcm") return {Kind::text, 0, io::Notation::bcm};
  if (text.starts_with("chunk=")) return {Kind::chunk, parse_size(text.substr(6), 1, 64 * 1024)};
  throw UsageError("'" + std::string(text) +
                   "': expected line, chunk=SIZE, length, hex, can, bcm or none");
}

io::Framing framing_of(const Socket& socket) noexcept {
  using Kind = io::Framing::Kind;
  if (socket.family() == AF_CAN && socket.proto() == CAN_RAW)
    return {Kind::text, 0, io::Notation::can};
  if (socket.family() == AF_CAN && socket.proto() == CAN_BCM)
    return {Kind::text, 0, io::Notation::bcm};
  const bool no_text = socket.family() == AF_CAN || socket.family() == AF_PACKET;
  if (no_text || socket.type() == SOCK_RAW) return {Kind::text, 0, io::Notation::hex};
  return {};
}

DataPlan framed_for(const Socket& socket, DataPlan plan) {
  if (plan.framing_given) return plan;
  const io::Framing framing = framing_of(socket);
  if (plan.out_shape.crlf && framing != io::Framing())
    throw UsageError("--crlf: messages of this socket are lines of text already; see --framing");
  plan.out_shape.framing = plan.in_shape.framing = framing;
  return plan;
}

}  // namespace sock::cmd
