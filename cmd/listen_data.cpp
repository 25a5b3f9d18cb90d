#include "cmd/listen_data.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

using Kind = io::Framing::Kind;

std::string_view name_of(Mode mode) noexcept {
  switch (mode) {
    case Mode::stdio:
      return "standard input and output";
    case Mode::command:
      return "-- COMMAND";
    case Mode::echo:
      return "--echo";
    case Mode::discard:
      return "--discard";
    case Mode::send:
      return "--send";
    case Mode::forward:
      return "--to";
    case Mode::broker:
      return "--broker";
    case Mode::chat:
      return "--chat";
    case Mode::proxy:
      return "--serve";
  }
  return "";
}

// An option, and where it means something; nowhere: why, and what to do.
struct Meaning {
  const char* option;
  bool given;
  std::initializer_list<Mode> modes;
  const char* otherwise = "";
};

bool paced(const DataPlan& data) noexcept {
  return data.out_shape.rate != 0 || data.in_shape.rate != 0;
}
bool counted(const DataPlan& data) noexcept {
  return data.out_shape.max_bytes != io::Shape::unlimited;
}
bool framed(const DataPlan& data) noexcept { return data.out_shape.framing.kind != Kind::none; }

void check(const Meaning& meaning, Mode mode) {
  if (!meaning.given ||
      std::find(meaning.modes.begin(), meaning.modes.end(), mode) != meaning.modes.end())
    return;
  std::string text = std::string(meaning.option) + ": ";
  if (meaning.modes.size() == 0) throw UsageError(text + meaning.otherwise);
  text += "not with " + std::string(name_of(mode)) + ", but with ";
  std::size_t left = meaning.modes.size();
  for (const Mode one : meaning.modes) {
    text += name_of(one);
    if (--left != 0) text += left == 1 ? " and " : ", ";
  }
  throw UsageError(text);
}

}  // namespace

void check_data_of_many(const ListenPlan& plan) {
  const DataPlan& data = plan.data;
  const bool until = data.until || !data.out || !data.in || !data.shutdown;
  for (const Meaning& meaning : {
           Meaning{"--until, --send-only, --recv-only and --no-shutdown",
                   until,
                   {Mode::stdio, Mode::command}},
           Meaning{"--crlf", data.out_shape.crlf, {Mode::stdio, Mode::command}},
           Meaning{"--line-delay",
                   data.out_shape.line_delay != io::Clock::duration::zero(),
                   {Mode::stdio, Mode::command}},
           Meaning{"--limit-rate",
                   paced(data),
                   {Mode::stdio, Mode::command, Mode::echo, Mode::discard, Mode::send,
                    Mode::forward, Mode::proxy}},
           Meaning{
               "--max-bytes",
               counted(data),
               {Mode::command, Mode::echo, Mode::discard, Mode::send, Mode::forward, Mode::proxy}},
           Meaning{"--recv-size",
                   data.recv_size.has_value(),
                   {Mode::stdio, Mode::command, Mode::echo, Mode::forward, Mode::proxy,
                    Mode::broker, Mode::chat}},
           Meaning{"--framing", framed(data), {Mode::stdio, Mode::command, Mode::forward}},
           Meaning{"--replies",
                   data.in_shape.max_messages != io::Shape::unlimited,
                   {},
                   "it counts what one peer sends; after so many peers --max-total ends the run"},
           Meaning{"--oob", data.oob, {}, "for one peer alone: without --keep-open"},
       })
    check(meaning, plan.mode);
  const ShowPlan& show = plan.show;
  if (show.progress || show.dump || show.record_in || show.record_out)
    throw UsageError(
        "--progress, --dump and --record: not with --keep-open, they show one conversation; --json "
        "and -v tell of many");
}

bool check_kinds(const ListenPlan& plan, const std::vector<wire::Listener>& listeners) {
  bool only_messages = true;
  for (const wire::Listener& listener : listeners) {
    const std::string& name = listener.names().front();
    const bool stream =
        std::any_of(listener.sockets().begin(), listener.sockets().end(),
                    [](const Socket& socket) { return socket.type() == SOCK_STREAM; });
    only_messages = only_messages && !stream;
    if (stream && framed(plan.data) && plan.mode != Mode::forward)
      throw UsageError("--framing: " + name + " is a stream, which has no datagrams");
    if (!listener.datagrams()) continue;
    if (paced(plan.data) || counted(plan.data))
      throw UsageError("--limit-rate and --max-bytes: " + name +
                       " takes datagrams, which cannot be held back");
    if (plan.mode == Mode::command &&
        (plan.data.out_shape.crlf || plan.data.until ||
         plan.data.out_shape.line_delay != io::Clock::duration::zero()))
      throw UsageError("--crlf, --line-delay and --until: the commands of " + name +
                       " read and write datagrams; shape them there");
  }
  return only_messages;
}

}  // namespace sock::cmd
