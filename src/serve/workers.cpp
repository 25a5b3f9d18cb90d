#include "serve/workers.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

namespace sock::serve {

struct Workers::Worker {
  Worker(Workers& workers, std::vector<wire::Listener> listeners)
      : mode(workers.make_mode_(loop)),
        sessions(loop, workers.options_, workers.observer_),
        server(
            loop, sessions, *mode,
            [&workers] { workers.mailbox_.post([&workers] { workers.gone(nullptr); }); },
            workers.reception_) {
    for (wire::Listener& listener : listeners) server.listen(std::move(listener));
  }

  void run(Workers& workers) noexcept {
    try {
      loop.run();
    } catch (...) {
      workers.mailbox_.post([&workers, error = std::current_exception()] { workers.gone(error); });
    }
  }

  io::Loop loop;
  std::unique_ptr<Mode> mode;
  Sessions sessions;
  Server server;
  io::Mailbox mailbox{loop};
  std::thread thread;
};

Workers::Workers(io::Loop& loop, Sessions::Options options, Reception::Options reception,
                 io::Observer& observer, MakeMode make_mode, Calls calls)
    : options_(std::move(options)),
      reception_(std::move(reception)),
      observer_(observer),
      make_mode_(std::move(make_mode)),
      calls_(std::move(calls)),
      mailbox_(loop) {}

// First all threads end, then what they served: who leaves may make room for others.
Workers::~Workers() {
  for (const auto& worker : all_)
    if (worker->thread.joinable()) worker->mailbox.post([&loop = worker->loop] { loop.stop(); });
  for (const auto& worker : all_)
    if (worker->thread.joinable()) worker->thread.join();
  options_.gate->when_changed(nullptr);
}

void Workers::add(std::vector<wire::Listener> listeners) {
  all_.push_back(std::make_unique<Worker>(*this, std::move(listeners)));
}

void Workers::start() {
  serving_ = all_.size();
  options_.gate->when_changed([this] {
    each([](Sessions&, Server& server) { server.look_again(); });
    mailbox_.post(calls_.room);
  });
  for (const auto& worker : all_)
    worker->thread = std::thread([this, &worker = *worker] { worker.run(*this); });
}

void Workers::gone(std::exception_ptr error) {
  --serving_;
  if (error || over()) calls_.over(std::move(error));
}

void Workers::each(const std::function<void(Sessions&, Server&)>& call,
                   std::function<void()> done) {
  if (all_.empty() && done) return done();
  const auto missing = std::make_shared<std::size_t>(all_.size());
  const std::function<void()> called = [missing, done = std::move(done)] {
    if (--*missing == 0 && done) done();
  };
  for (const auto& worker : all_)
    worker->mailbox.post([this, &worker = *worker, call, called] {
      call(worker.sessions, worker.server);
      mailbox_.post(called);
    });
}

void Workers::count(const std::function<void(const Counts&)>& tell) {
  struct Sum {
    std::atomic<std::uint64_t> received = 0, sent = 0;
  };
  const auto sum = std::make_shared<Sum>();
  each(
      [sum](Sessions& sessions, Server&) {
        const Counts counts = sessions.totals().bytes;
        sum->received += counts.received;
        sum->sent += counts.sent;
      },
      [sum, tell] {
        tell({sum->received, sum->sent});
      });
}

}  // namespace sock::serve
