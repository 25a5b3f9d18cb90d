#include "cmd/events.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cmd/console.hpp"
#include "cmd/explain.hpp"
#include "cmd/run_command.hpp"
#include "io/child.hpp"
#include "sock/names.hpp"
#include "wire/candidates.hpp"

namespace sock::cmd {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// "2026-01-31T15:04:05.123456Z"
std::string timestamp(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto start_of_second = floor<std::chrono::seconds>(when);
  const std::time_t whole = system_clock::to_time_t(start_of_second);
  const auto micros = duration_cast<microseconds>(when - start_of_second).count();
  std::tm utc{};
  ::gmtime_r(&whole, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, micros);
}

std::string protocol_of(const Socket& socket) {
  return protocol_name(socket.family(), socket.type(), socket.proto());
}

}  // namespace

// Written when it is destroyed. Text from elsewhere is made printable, as in all talk: what is no
// UTF-8 could not be said in JSON at all.
class Events::Line {
 public:
  Line(Events& events, const char* event) : events_(events) {
    json_["event"] = event;
    json_["time"] = timestamp(std::chrono::system_clock::now());
    json_["elapsed"] = seconds(std::chrono::steady_clock::now() - events.start_);
  }
  Line& text(const char* key, std::string_view value) {
    json_[key] = printable(value);
    return *this;
  }
  Line& texts(const char* key, std::span<const std::string> values) {
    auto& all = json_[key] = nlohmann::ordered_json::array();
    for (const std::string& value : values) all.push_back(printable(value));
    return *this;
  }
  Line& truth(const char* key, bool value) {
    json_[key] = value;
    return *this;
  }
  template <class T>
  Line& number(const char* key, T value) {
    json_[key] = value;
    return *this;
  }
  // Its family, type and protocol, by name.
  Line& kind(const Socket& socket) {
    return text("family", names::text_or_number(names::Kind::family, socket.family()))
        .text("type", names::text_or_number(names::Kind::type, socket.type()))
        .text("protocol", protocol_of(socket));
  }
  Line& traffic(const io::Traffic& traffic) {
    return number("sent", traffic.sent).number("received", traffic.received);
  }
  void write() { events_.write_(json_.dump() + '\n'); }

 private:
  Events& events_;
  nlohmann::ordered_json json_;
};

void Events::resolving(std::string_view name) {
  Line(*this, "resolving").text("name", name).write();
}

void Events::resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds took) {
  Line(*this, "resolved")
      .text("name", name)
      .number("addresses", addresses)
      .number("took", seconds(took))
      .write();
}

void Events::attempt(std::string_view address) {
  Line(*this, "attempt").text("address", address).write();
}

void Events::attempt_failed(std::string_view address, const Error& error,
                            std::chrono::nanoseconds took) {
  Line(*this, "attempt_failed")
      .text("address", address)
      .text("error", cause_of(error.code()))
      .number("took", seconds(took))
      .write();
}

void Events::connected(const Socket& socket, std::string_view address,
                       std::chrono::nanoseconds took) {
  Ends ends{protocol_of(socket), wire::shown(wire::local_address(socket), socket)};
  Line(*this, "connected")
      .kind(socket)
      .text("local", ends.local)
      .text("peer", address)
      .number("took", seconds(took))
      .write();
  dialled_ = {std::string(address), std::move(ends)};
}

void Events::probed(const io::Probed& probed) {
  Line(*this, "probed")
      .text("target", probed.target)
      .text("state", probed.state)
      .text("address", probed.address)
      .text("error", probed.error)
      .number("look_up", seconds(probed.look_up))
      .number("took", seconds(probed.took))
      .number("exit_code", probed.exit_code)
      .write();
}

void Events::secured(const io::Secured& with) {
  const bool shown = !with.fingerprint.empty();
  const auto left = with.not_after - std::chrono::system_clock::now();
  const auto days = std::chrono::floor<std::chrono::days>(left).count();
  Line(*this, "secured")
      .text("peer", with.peer)
      .text("version", with.version)
      .text("cipher", with.cipher)
      .text("alpn", with.alpn)
      .truth("resumed", with.resumed)
      .text("kernel", with.kernel_sends ? "out" : "")
      .texts("names", with.names)
      .text("subject", with.subject)
      .text("fingerprint", with.fingerprint)
      .text("not_after", shown ? timestamp(with.not_after) : "")
      .number("days_left", std::max<std::int64_t>(days, 0))
      .number("took", seconds(with.took))
      .write();
}

void Events::listening(const Socket& socket, std::string_view address) {
  Line(*this, "listening").kind(socket).text("local", address).write();
}

void Events::introduced(std::string_view peer, std::string_view proxy) {
  Line(*this, "introduced").text("peer", peer).text("proxy", proxy).write();
}

void Events::accepted(const Socket& socket, std::string_view peer, std::uint64_t number) {
  Ends ends{protocol_of(socket), wire::shown(wire::local_address(socket), socket)};
  Line(*this, "accepted")
      .number("number", number)
      .kind(socket)
      .text("local", ends.local)
      .text("peer", peer)
      .write();
  accepted_.insert_or_assign(number, std::move(ends));
}

void Events::attempt_overtaken(std::string_view address, std::chrono::nanoseconds took) {
  Line(*this, "attempt_overtaken").text("address", address).number("took", seconds(took)).write();
}

void Events::proxying(std::string_view proxy, std::string_view target) {
  Line(*this, "proxying").text("proxy", proxy).text("target", target).write();
}

void Events::proxied(std::string_view proxy, std::string_view target,
                     std::chrono::nanoseconds took) {
  Line(*this, "proxied")
      .text("proxy", proxy)
      .text("target", target)
      .number("took", seconds(took))
      .write();
}

void Events::retrying(std::string_view target, const std::exception_ptr& failure,
                      std::chrono::nanoseconds pause) {
  Line(*this, "retrying")
      .text("target", target)
      .text("error", explain(failure))
      .number("pause", seconds(pause))
      .write();
}

void Events::denied(std::string_view peer, std::string_view local, std::string_view reason) {
  Line(*this, "denied").text("peer", peer).text("local", local).text("reason", reason).write();
}

void Events::requested(const io::Requested& request) {
  Line(*this, "requested")
      .text("peer", request.peer)
      .text("protocol", request.protocol)
      .text("command", request.command)
      .text("target", request.target)
      .text("user", request.user)
      .write();
}

void Events::first_byte(std::string_view peer, std::chrono::nanoseconds after) {
  Line(*this, "first_byte").text("peer", peer).number("after", seconds(after)).write();
}

void Events::half_closed(std::string_view peer, io::Direction direction) {
  Line(*this, "half_closed")
      .text("peer", peer)
      .text("direction", direction == io::Direction::out ? "out" : "in")
      .write();
}

void Events::progress(std::string_view peer, const io::Traffic& traffic) {
  Line(*this, "progress").text("peer", peer).traffic(traffic).write();
}

void Events::closed(const io::Closed& closed) {
  Ends ends{{}, std::string(closed.local)};
  if (const auto known = accepted_.extract(closed.number))
    ends = known.mapped();
  else if (dialled_.peer == closed.peer)
    ends = dialled_.ends;
  Line(*this, "closed")
      .number("number", closed.number)
      .text("protocol", ends.protocol)
      .text("local", ends.local)
      .text("peer", closed.peer)
      .traffic(closed.traffic)
      .number("duration", seconds(closed.traffic.elapsed))
      .text("reason", closed.reason)
      .text("detail", closed.detail)
      .write();
}

void Events::broken(std::string_view peer, const std::exception& error) {
  Line(*this, "broken").text("peer", peer).text("error", explain(error)).write();
}

void Events::lost(std::string_view peer, std::string_view what) {
  Line(*this, "lost").text("peer", peer).text("what", what).write();
}

void Events::paused(const Error& error) {
  Line(*this, "paused").text("error", explain(error)).write();
}

void Events::started(const io::Program& program) {
  Line(*this, "started")
      .number("number", program.number)
      .text("command", program.command)
      .number("pid", program.pid)
      .write();
}

void Events::exited(const io::Program& program, const io::ExitStatus& status,
                    std::chrono::nanoseconds ran) {
  Line(*this, "exited")
      .number("number", program.number)
      .text("command", program.command)
      .number("pid", program.pid)
      .number("exit_code", status.shell_code())
      .number("signal", status.signal)
      .number("duration", seconds(ran))
      .write();
}

void Events::state(const io::Served& so_far) {
  Line(*this, "state")
      .number("sessions", so_far.now)
      .number("served", so_far.served)
      .number("denied", so_far.denied)
      .traffic(so_far.traffic)
      .write();
}

void Events::failed(std::string_view message, int exit_code) {
  Line(*this, "failed").text("message", message).number("exit_code", exit_code).write();
}

}  // namespace sock::cmd
