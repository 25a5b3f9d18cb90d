#include "cmd/listen_many.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cmd/access_file.hpp"
#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/listen_data.hpp"
#include "cmd/listen_once.hpp"
#include "cmd/listeners.hpp"
#include "cmd/login_file.hpp"
#include "cmd/ready.hpp"
#include "cmd/run_command.hpp"
#include "cmd/sandbox.hpp"
#include "cmd/secure.hpp"
#include "cmd/session.hpp"
#include "cmd/values.hpp"
#include "io/channel.hpp"
#include "io/descriptor_limit.hpp"
#include "serve/command.hpp"
#include "serve/discard.hpp"
#include "serve/echo.hpp"
#include "serve/forward.hpp"
#include "serve/hub.hpp"
#include "serve/proxy.hpp"
#include "serve/send_file.hpp"
#include "serve/server.hpp"
#include "serve/stdio.hpp"
#include "serve/workers.hpp"

namespace sock::cmd {
namespace {

serve::Sessions::Options session_options(const ListenPlan& plan) {
  serve::Sessions::Options options;
  options.gate = std::make_shared<serve::Gate>(plan.peers);
  options.access = read_access(plan.rules, plan.access_file, plan.limits.timeout);
  options.idle = plan.limits.idle;
  // A proxy's datagrams come with headers, and are measured without.
  if (plan.data.recv_size && plan.mode != Mode::proxy) options.read_size = *plan.data.recv_size;
  return options;
}

// How the bytes of one of many pass.
io::RelayOptions session_relay(const ListenPlan& plan, const Circumstances& now) {
  constexpr std::size_t buffer_size = 64 * 1024;  // for each direction, while bytes are stuck in it
  io::RelayOptions options = relay_options(plan.data, plan.limits, now, {});
  if (!plan.data.recv_size) options.buffer_size = buffer_size;
  options.deadline = {};  // is the run's
  return options;
}

std::optional<serve::ProxyOptions> proxy_options(const ListenPlan& plan, const Console& console) {
  if (!plan.proxy) return std::nullopt;
  serve::ProxyOptions options;
  options.protocol = plan.proxy->protocol;
  if (!plan.proxy->auth.empty()) options.logins = read_logins(plan.proxy->auth, console);
  options.destinations = std::make_shared<const serve::Destinations>(plan.proxy->rules);
  if (const auto limit = plan.limits.timeout.value()) options.patience = *limit;
  options.relay = session_relay(plan, {});
  return options;
}

// For people of other machines whom nothing keeps out.
bool is_open_proxy(const ListenPlan& plan, const std::vector<wire::Listener>& listeners) {
  return plan.proxy && plan.proxy->auth.empty() && plan.rules.empty() && plan.access_file.empty() &&
         reach_beyond(listeners);
}

class Many {
 public:
  Many(const ListenPlan& plan, Console& console, Show& show, std::vector<wire::Listener> listeners,
       io::Clock::time_point start)
      : plan_(plan),
        console_(console),
        line_(line_of(listeners)),
        start_(start),
        names_(names_of(listeners)),
        open_proxy_(is_open_proxy(plan, listeners)),
        only_messages_(check_kinds(plan, listeners)),
        tls_(set_up_tls(plan.tls)),
        proxy_(proxy_options(plan, console)),
        mode_(make_mode(session_.loop())),
        options_(session_options(plan)),
        sessions_(session_.loop(), options_, show),
        server_(
            session_.loop(), sessions_, *mode_,
            [this] {
              own_over_ = true;
              over();
            },
            reception_options()),
        show_(show) {
    add_workers(listeners);
    for (wire::Listener& listener : listeners) server_.listen(std::move(listener));
    session_.pass_signals_to([this](io::Signal signal) { on_signal(signal.number); });
    session_.when_asked([this] { tell_state(); });
    if (!plan_.access_file.empty())
      access_watch_.emplace(session_.loop(), plan_.access_file, [this] { reload(); });
    if (plan_.limits.deadline)
      deadline_ = session_.loop().at(start_ + *plan_.limits.deadline, [this] {
        console_.error(fmt::format("{}: timed out: --deadline {} is over", line_,
                                   show_duration(*plan_.limits.deadline)));
        end(Exit::timed_out);
      });
    if (plan_.accept_timeout) be_patient(*plan_.accept_timeout);
  }

  int run() {
    ready_.emplace(plan_.ready, names_);
    if (plan_.command.empty())
      enter_sandbox(plan_.sandbox, grants_of(plan_), console_);
    else
      stay_out_of_sandbox(console_);
    workers_.start();
    if (plan_.tls && !plan_.tls->plan.self_signed.empty())
      console_.note("self-signed: --pin " + tls_->context.fingerprint());
    console_.note(line_);
    if (open_proxy_)
      console_.note(
          "whoever reaches it may use this proxy; see --auth and --allow, or listen on 127.0.0.1");
    session_.run();
    if (signal_ != 0) throw Interrupted{signal_};
    if (error_) return broken();
    if (!plan_.keep_open && exit_ == Exit::done) return code(show_.failure());
    return code(exit_);
  }

 private:
  serve::Reception::Options reception_options() const {
    return {.proxies = plan_.proxies,
            .tls = tls_ ? &tls_->context : nullptr,
            .patience = plan_.patience(),
            .failure_is_told = !plan_.keep_open};
  }
  std::unique_ptr<serve::Mode> make_mode(io::Loop&);
  std::unique_ptr<serve::Mode> make_stdio(io::Loop&);
  std::unique_ptr<serve::Mode> make_command();
  void add_workers(std::vector<wire::Listener>&);
  void on_signal(int signal);
  void tell_state();
  void reload();
  void drain();
  void end(Exit);
  void break_off(std::exception_ptr);
  int broken() const;
  void over();
  void be_patient(io::Clock::duration);

  const ListenPlan& plan_;
  Console& console_;
  const std::string line_;
  const io::Clock::time_point start_;
  const std::vector<std::string> names_;
  const bool open_proxy_;
  const bool only_messages_;  // no stream is among what is listened on
  const std::optional<Tls> tls_;
  const std::optional<serve::ProxyOptions> proxy_;
  const io::DescriptorLimit descriptors_;
  Session session_;
  const serve::Stdio* stdio_ = nullptr;  // the mode, where that is it
  std::unique_ptr<serve::Mode> mode_;
  const serve::Sessions::Options options_;
  serve::Sessions sessions_;
  serve::Server server_;
  bool own_over_ = false;  // nobody is served in this thread any more
  Show& show_;
  std::optional<Ready> ready_;
  std::optional<FileWatch> access_watch_;
  io::Timer deadline_, patience_, drain_;
  Exit exit_ = Exit::done;
  int signal_ = 0;
  std::exception_ptr error_;
  // Last: their threads end before anything that they use.
  serve::Workers workers_{session_.loop(),
                          options_,
                          reception_options(),
                          show_,
                          [this](io::Loop& loop) { return make_mode(loop); },
                          {.over =
                               [this](std::exception_ptr error) {
                                 if (error)
                                   break_off(std::move(error));
                                 else
                                   over();
                               },
                           .room = [this] { server_.look_again(); }}};
};

// Beside this thread, which is one of them.
void Many::add_workers(std::vector<wire::Listener>& listeners) {
  for (std::size_t i = 1; i < plan_.workers; ++i) {
    std::vector<wire::Listener> shares;
    for (std::size_t k = 0; k < listeners.size(); ++k) {
      wire::ListenPlan plan = plan_.listen.empty() ? plan_.activated : plan_.listen[k];
      if (plan_.listen.empty()) plan.address = wire::FdEndpoint{};
      shares.push_back(listeners[k].another(std::move(plan)));
    }
    workers_.add(std::move(shares));
  }
}

std::unique_ptr<serve::Mode> Many::make_stdio(io::Loop& loop) {
  const Circumstances now{.listening = true};
  serve::StdioOptions options{.ending = end_rule(plan_.data, plan_.limits, now),
                              .shutdown = plan_.data.shutdown,
                              .linger = plan_.limits.linger,
                              .out_shape = plan_.data.out_shape,
                              .in_shape = plan_.data.in_shape,
                              .messages = only_messages_};
  if (plan_.data.recv_size) options.read_size = std::min(options.read_size, *plan_.data.recv_size);
  if (tls_ && tls_->context.datagrams())
    options.read_size = std::min(options.read_size, wire::TlsChannel::largest_message);
  auto stdio = std::make_unique<serve::Stdio>(
      loop, io::stdio_channel(FdRef(0), FdRef(1)), options,
      [this](std::exception_ptr error) { break_off(std::move(error)); });
  stdio_ = stdio.get();
  return stdio;
}

std::unique_ptr<serve::Mode> Many::make_command() {
  std::optional<io::RelayOptions> relay;
  if (needs_relay(plan_.data, plan_.limits)) relay = session_relay(plan_, {.listening = true});
  serve::Command::Program program{plan_.command, descriptors_.before(), connection_environment,
                                  plan_.socket_mode};
  return std::make_unique<serve::Command>(std::move(program), std::move(relay),
                                          plan_.data.out_shape.framing);
}

std::unique_ptr<serve::Mode> Many::make_mode(io::Loop& loop) {
  using Style = serve::Hub::Style;
  switch (plan_.mode) {
    case Mode::stdio:
      break;
    case Mode::command:
      return make_command();
    case Mode::echo:
      return std::make_unique<serve::Echo>(plan_.data.in_shape);
    case Mode::discard:
      return std::make_unique<serve::Discard>(plan_.data.in_shape);
    case Mode::send:
      return std::make_unique<serve::SendFile>(plan_.file, plan_.data.out_shape);
    case Mode::forward:
      return std::make_unique<serve::Forward>(*plan_.to, session_relay(plan_, {}),
                                              set_up_tls(plan_.to_tls));
    case Mode::broker:
      return std::make_unique<serve::Hub>(Style::broker);
    case Mode::chat:
      return std::make_unique<serve::Hub>(Style::chat);
    case Mode::proxy:
      return std::make_unique<serve::Proxy>(*proxy_);
  }
  return make_stdio(loop);
}

void Many::on_signal(int signal) {
  if (signal == SIGHUP && !plan_.access_file.empty()) return reload();
  if (signal == SIGTERM && server_.accepting()) return drain();
  signal_ = signal;
  end(Exit::done);
}

// Whoever is served stays so. A file that cannot be used changes nothing.
void Many::reload() {
  try {
    const serve::Access access = read_access(plan_.rules, plan_.access_file, plan_.limits.timeout);
    sessions_.set_access(access);
    workers_.each(
        [access](serve::Sessions& sessions, serve::Server&) { sessions.set_access(access); },
        [this] { console_.detail(fmt::format("{} was read again", plan_.access_file)); });
  } catch (const std::exception& error) {
    console_.error(explain(error) + "; the rules before hold");
  }
}

void Many::drain() {
  if (ready_) ready_->stopping();
  drain_ = session_.loop().after(plan_.drain, [this] {
    const auto left = sessions_.totals().now;
    console_.error(fmt::format("{} session{} not finished within --drain {}", left,
                               left == 1 ? " was" : "s were", show_duration(plan_.drain)));
    end(Exit::done);
  });
  const auto stop_accepting = [](serve::Sessions& sessions, serve::Server& server) {
    server.stop_accepting();
    sessions.drain();
  };
  workers_.each(stop_accepting);
  stop_accepting(sessions_, server_);
}

void Many::end(Exit exit) {
  exit_ = exit;
  workers_.each([](serve::Sessions& sessions, serve::Server&) { sessions.stop(); });
  sessions_.stop();
  session_.stop();
}

void Many::break_off(std::exception_ptr error) {
  error_ = std::move(error);
  end(Exit::broken);
}

int Many::broken() const {
  try {
    std::rethrow_exception(error_);
  } catch (const BrokenPipeError&) {
    throw;  // who reads the output has seen enough
  } catch (const Error& error) {
    std::string message = explain(error);
    if (stdio_ != nullptr && stdio_->unwritten() != 0)
      message += fmt::format("; {} received but not written", show_bytes(stdio_->unwritten()));
    return console_.failed(exit_of(error), message);
  }
}

void Many::tell_state() {
  workers_.count([this](const serve::Counts& of_others) {
    const serve::Sessions::Totals totals = sessions_.totals();
    const io::Served so_far{.now = totals.now,
                            .served = totals.served,
                            .denied = totals.denied,
                            .traffic = {.sent = totals.bytes.sent + of_others.sent,
                                        .received = totals.bytes.received + of_others.received,
                                        .elapsed = io::Clock::now() - start_}};
    show_.state(so_far);
    console_.answer(state_line(so_far));
  });
}

void Many::over() {
  if (!own_over_ || !workers_.over()) return;
  mode_->finish([this] { session_.stop(); });
}

// Whoever is served keeps it from running out.
void Many::be_patient(io::Clock::duration time) {
  patience_ = session_.loop().after(time, [this] {
    if (sessions_.now() != 0) return be_patient(*plan_.accept_timeout);
    const auto quiet = session_.loop().now() - sessions_.last_left();
    if (quiet < *plan_.accept_timeout) return be_patient(*plan_.accept_timeout - quiet);
    const serve::Sessions::Totals totals = sessions_.totals();
    console_.error(nobody_came(plan_, line_, false, totals.served == 0 ? totals.denied : 0));
    end(Exit::timed_out);
  });
}

}  // namespace

std::string state_line(const io::Served& so_far) {
  const auto& [sent, received, time] = so_far.traffic;
  const double seconds = std::max(1e-3, std::chrono::duration<double>(time).count());
  const auto moved = [&](std::uint64_t bytes) {
    return fmt::format("{} ({:.0f}/s)", show_bytes(bytes), static_cast<double>(bytes) / seconds);
  };
  return fmt::format("{} session{}, {} served, {} turned away; received {}, sent {} in {}",
                     so_far.now, so_far.now == 1 ? "" : "s", so_far.served, so_far.denied,
                     moved(received), moved(sent), show_duration(time));
}

int listen_many(const ListenPlan& plan, Console& console, Show& show,
                std::vector<wire::Listener> listeners, io::Clock::time_point start) {
  return Many(plan, console, show, std::move(listeners), start).run();
}

}  // namespace sock::cmd
