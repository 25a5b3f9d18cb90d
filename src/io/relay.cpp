#include "io/relay.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>
#include <vector>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

using Why = RelayResult::Why;

std::size_t buffer_size(const RelayOptions& options, const Channel& from, const Channel& to) {
  if (from.messages()) return options.whole_message;
  return to.messages() ? std::min(options.buffer_size, options.message_size) : options.buffer_size;
}

EndRule rule_for(const RelayOptions& options, const Channel& local) {
  EndRule rule = options.ending;
  rule.input_is_terminal = rule.input_is_terminal || local.terminal();
  return rule;
}

bool meets(Interest interest, Ready ready) noexcept {
  const auto wanted = static_cast<unsigned>(interest);
  return (ready.read && (wanted & static_cast<unsigned>(Interest::read)) != 0) ||
         (ready.write && (wanted & static_cast<unsigned>(Interest::write)) != 0);
}

// How long it takes what was sent to get there no readiness tells.
constexpr auto first_look = std::chrono::milliseconds(1);
constexpr auto longest_pause = std::chrono::milliseconds(64);

// What a channel that has these wants waits for on this descriptor.
Interest interest_in(FdRef fd, const Channel& channel, const Wants& wants) noexcept {
  auto interest = Interest::none;
  if (channel.read_fd() == fd) interest = interest | wants.read_fd;
  if (channel.write_fd() == fd) interest = interest | wants.write_fd;
  return interest;
}

// Did the write fail for the reader is gone?
bool nobody_reads(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& e) {
    return e.code() == std::errc::broken_pipe || e.code() == std::errc::connection_reset;
  } catch (...) {
    return false;
  }
}

RelayResult::Count counts(const Flow& flow) noexcept {
  return {flow.received(), flow.delivered(), flow.messages(), flow.added(), flow.over()};
}

}  // namespace

struct Relay::State {
  State(Loop&, Channel& local, Channel& peer, const RelayOptions&, Done);

  // What happened: from the loop.
  bool on_ready(FdRef, Ready);
  bool pump_both();
  void on_idle();
  void stop(Why);

  // What follows from it.
  void follow();
  bool step();
  bool finish_in();
  void apply(const EndActions&);
  void out_failed();
  void in_failed();
  void enough_came();
  void finish_out();
  void half_closed(Direction);
  void end_by_rule();
  void end_when_arrived(Clock::duration next);
  void look_for_arrival(Clock::duration next);
  void decide(Why, std::exception_ptr = nullptr);
  void rearm();
  void look_again();
  void rearm_pause();
  void conclude();
  RelayResult so_far() const;

  struct Port {
    FdRef fd;
    bool peers;  // watched all the time, for hang-ups
    Watch watch;
  };

  Loop& loop;
  Channel& local;
  Channel& peer;
  RelayOptions options;
  Done done;
  Ending ending;
  std::optional<Flow> out;
  Flow in;  // drops what comes where the rule has no `in`
  std::vector<Port> ports;
  Timer linger, idle, deadline, pending, pause, arrival;
  std::optional<Clock::time_point> pause_ends;  // when that timer fires
  const Clock::time_point began;
  Clock::time_point last_moved;
  bool hung_up = false;
  bool first_told = false;

  // Each is told to the rule once.
  bool input_end_told = false, out_told = false, in_told = false;
  std::exception_ptr out_error;  // of writing; kept until `in` is over

  std::optional<Why> why;
  std::exception_ptr error;
};

Relay::State::State(Loop& l, Channel& a, Channel& b, const RelayOptions& o, Done d)
    : loop(l),
      local(a),
      peer(b),
      options(o),
      done(std::move(d)),
      ending(rule_for(o, local)),
      in(peer, local,
         {.buffer_size = buffer_size(o, peer, local),
          .finish = o.ending.in,
          .hold = o.ending.in,
          .discard = !o.ending.in,
          .route = o.route,
          .shape = o.in_shape,
          .on_read = o.on_in,
          .on_first = o.on_first_in}),
      began(loop.now()),
      last_moved(began) {
  if (!o.ending.out && !o.ending.in) throw std::invalid_argument("a relay without a direction");
  if (o.ending.out)
    out.emplace(local, peer,
                Flow::Options{.buffer_size = buffer_size(o, local, peer),
                              .finish = o.shutdown,
                              .hold = o.ending.empty_input_waits,
                              .route = o.route,
                              .shape = o.out_shape,
                              .on_written = o.on_out,
                              .on_first = o.on_first_out});
  for (const FdRef fd : {peer.read_fd(), peer.write_fd(), local.read_fd(), local.write_fd()}) {
    const bool known =
        std::any_of(ports.begin(), ports.end(), [fd](const Port& port) { return port.fd == fd; });
    if (!known) ports.push_back({fd, fd == peer.read_fd() || fd == peer.write_fd(), {}});
  }
  if (o.idle) idle = loop.after(*o.idle, [this] { on_idle(); });
  if (o.deadline) deadline = loop.at(*o.deadline, [this] { stop(Why::deadline); });
  rearm();
}

bool Relay::State::on_ready(FdRef fd, Ready ready) {
  const auto concerns = [&](const Channel& channel, bool read, bool write) {
    return meets(interest_in(fd, channel, channel.wants(read, write)), ready);
  };
  const bool in_turn =
      concerns(peer, in.wants_read(), false) || concerns(local, false, in.wants_write());
  const bool out_turn = out && (concerns(local, out->wants_read(), false) ||
                                concerns(peer, false, out->wants_write()));
  bool moved = in_turn && in.pump();
  if (out_turn && out->pump()) moved = true;
  if (moved && options.idle) last_moved = loop.now();
  const bool news =
      fd == peer.write_fd() && (ready.hangup || ready.error) && !std::exchange(hung_up, true);
  follow();
  return moved || news;
}

// For bytes that a channel has in store, or that were held back: no readiness tells of those.
bool Relay::State::pump_both() {
  bool moved = in.pump();
  if (out && out->pump()) moved = true;
  if (moved && options.idle) last_moved = loop.now();
  follow();
  return moved;
}

// Not set anew for each chunk: looked at when it fires.
void Relay::State::on_idle() {
  const auto quiet = loop.now() - last_moved;
  if (quiet >= *options.idle) return stop(Why::idle_timeout);
  idle = loop.after(*options.idle - quiet, [this] { on_idle(); });
}

void Relay::State::stop(Why reason) {
  if (why) return;
  decide(reason);
  conclude();
}

// The last thing its callers do: `done` may destroy the relay.
void Relay::State::follow() {
  if (options.observer && !first_told && in.received() != 0) {
    first_told = true;
    options.observer->first_byte(peer.name(false), loop.now() - began);
  }
  while (!why && step()) {
  }
  if (why)
    conclude();
  else
    rearm();
}

// Tells the rule of one end, and does what it says. false: there is no news. The end of `in` comes
// first, for it decides whether a failure to write is one.
bool Relay::State::step() {
  if (finish_in()) return true;
  if (out && out->input_ended() && !std::exchange(input_end_told, true)) {
    apply(ending.input_ended(out->received() == 0));
  } else if (in.over() && !std::exchange(in_told, true)) {
    if (in.state() == Flow::State::failed)
      in_failed();
    else if (out_error)
      decide(Why::failed, out_error);
    else if (in.limited())
      enough_came();
    else
      apply(ending.in_over());
    if (out && !out->over()) half_closed(Direction::in);
  } else if (out && out->over() && !std::exchange(out_told, true)) {
    if (out->state() == Flow::State::failed)
      out_failed();
    else
      apply(ending.out_over());
    if (!in.over()) half_closed(Direction::out);
  } else if (hung_up && ending.in_ended() && !out_told) {
    out_told = true;
    if (out) out->abandon();
    apply(ending.peer_gone());
  } else {
    return false;
  }
  return true;
}

// All of `in` is written: now the output may be finished. That may close its descriptor, which no
// watch must outlive. false: it is not so far, or has been done.
bool Relay::State::finish_in() {
  if (!in.delivered_to_end()) return false;
  for (Port& port : ports)
    if (port.fd == local.write_fd()) port.watch = Watch();
  in.release();
  in.pump();
  return true;
}

void Relay::State::apply(const EndActions& actions) {
  if (actions.done) return end_by_rule();
  if (actions.start_linger && options.linger)
    linger = loop.after(*options.linger, [this] { stop(Why::linger); });
  if (actions.finish_out) out->release();
  if (actions.end_input) out->end_input();
  if (actions.finish_out || actions.end_input) out->pump();
}

void Relay::State::out_failed() {
  const bool gone = out->failed_side() == Flow::Side::writing && nobody_reads(out->error());
  if (gone && ending.in_ended())
    apply(ending.peer_gone());
  else if (gone && !peer.endless() && !in.over())
    out_error = out->error();  // what the peer sent before is still to be delivered
  else
    decide(Why::failed, out->error());
}

void Relay::State::in_failed() {
  if (in.failed_side() == Flow::Side::writing && nobody_reads(in.error()) && !out_error) {
    finish_out();
    decide(Why::output_closed);
  } else {
    decide(Why::failed, out_error ? out_error : in.error());
  }
}

void Relay::State::enough_came() {
  finish_out();
  decide(Why::limited);
}

// No more input: what can be sent at once is sent.
void Relay::State::finish_out() {
  if (!out) return;
  out->hurry();
  out->end_input();
  out->pump();
}

void Relay::State::half_closed(Direction direction) {
  if (!why && options.observer) options.observer->half_closed(peer.name(true), direction);
}

void Relay::State::end_by_rule() {
  // What is here already is delivered, or dropped where there is no `in`: closing a socket with
  // bytes unread sends a reset, which may destroy what the peer has not read yet. Bounded, for the
  // peer may never stop sending.
  in.hurry();
  for (int i = 0; i < 16 && in.pump(); ++i) {
  }
  finish_in();
  if (in.state() == Flow::State::failed && !std::exchange(in_told, true)) return in_failed();
  if (in.over() || !out) return decide(Why::ended);
  if (!arrival) end_when_arrived(first_look);
}

// The peer may send on, and would be answered by a reset: that destroys what is on its way.
void Relay::State::end_when_arrived(Clock::duration next) {
  if (unconfirmed(peer.write_fd()).value_or(0) == 0) return decide(Why::ended);
  arrival = loop.after(next, [this, next] { look_for_arrival(next); });
}

void Relay::State::look_for_arrival(Clock::duration next) {
  end_when_arrived(std::min<Clock::duration>(2 * next, longest_pause));
  if (why) conclude();
}

void Relay::State::decide(Why reason, std::exception_ptr e) {
  why = out_error ? Why::failed : reason;
  error = out_error ? out_error : std::move(e);
}

void Relay::State::rearm() {
  const bool out_reads = out && out->wants_read();
  const Wants of_local = local.wants(out_reads, in.wants_write());
  const Wants of_peer = peer.wants(in.wants_read(), out && out->wants_write());
  for (Port& port : ports) {
    const Interest interest =
        interest_in(port.fd, local, of_local) | interest_in(port.fd, peer, of_peer);
    if (port.watch)
      port.watch.set(interest);
    else if (port.peers || interest != Interest::none)
      port.watch = loop.watch(port.fd, interest, port.peers ? "peer" : "local",
                              [this, fd = port.fd](Ready ready) { return on_ready(fd, ready); });
  }
  if ((out_reads && local.pending()) || (in.wants_read() && peer.pending()))
    pending = loop.after({}, [this] { pump_both(); });
  rearm_pause();
}

void Relay::State::look_again() {
  if (!why) pending = loop.after({}, [this] { pump_both(); });
}

// A flow that is held back waits for nothing but the time.
void Relay::State::rearm_pause() {
  auto at = in.paused_until();
  if (out && out->paused_until())
    at = std::min(at.value_or(Clock::time_point::max()), *out->paused_until());
  if (at == pause_ends) return;
  pause_ends = at;
  pause = Timer();
  if (!at) return;
  pause = loop.at(*at, [this] {
    pause_ends.reset();
    pump_both();
  });
}

void Relay::State::conclude() {
  ports.clear();
  for (Timer* timer : {&linger, &idle, &deadline, &pending, &pause, &arrival}) *timer = Timer();
  const Done tell = std::exchange(done, nullptr);
  if (!tell) return;
  RelayResult result = so_far();
  result.out_waits = out && out->wants_write();
  if (out && why != Why::ended) result.unconfirmed = unconfirmed(peer.write_fd()).value_or(0);
  tell(result);
}

RelayResult Relay::State::so_far() const {
  RelayResult result;
  result.why = why.value_or(Why::ended);
  result.error = error;
  result.out.over = true;
  if (out) result.out = counts(*out);
  result.in = counts(in);
  return result;
}

Relay::Relay(Loop& loop, Channel& local, Channel& peer, const RelayOptions& options, Done done)
    : state_(std::make_unique<State>(loop, local, peer, options, std::move(done))) {}
Relay::~Relay() = default;
void Relay::stop() { state_->stop(Why::stopped); }
void Relay::look_again() { state_->look_again(); }
RelayResult Relay::so_far() const { return state_->so_far(); }

}  // namespace sock::io
