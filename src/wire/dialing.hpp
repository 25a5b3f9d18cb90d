// dial() on a loop, which it never holds up.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/connecting.hpp"
#include "wire/dial.hpp"
#include "wire/path.hpp"

namespace sock::wire {

template <class Answer>
class Asking;

// Names are looked up in a thread, which is left behind when the dial is cancelled or its time is
// up. Where nobody has to be asked there is no thread, and the attempt begins at once.
class Dialing {
 public:
  using Done = DialDone;
  // Finds the paths of a plan, and may wait as long as it likes; the thread runs it.
  using Find = std::function<std::vector<Path>(const DialPlan&, io::Observer&)>;

  // `done` is called once, from the loop and never from the constructor, with what dial() would
  // throw or return; then this may be destroyed. Destroying it before cancels: what is open is
  // closed, and nobody is told. The loop and the observer, which is only told things in the loop's
  // thread, must outlive it.
  Dialing(io::Loop&, const DialPlan&, io::Observer&, Done done, const Find& find = find_paths);
  ~Dialing();
  Dialing(const Dialing&) = delete;
  Dialing& operator=(const Dialing&) = delete;

  static std::vector<Path> find_paths(const DialPlan&, io::Observer&);

 private:
  struct Found;
  void begin(const Find&);
  void look_up(const Find&);
  void found(std::future<Found>);
  void connect(std::vector<Path>);
  void end(std::exception_ptr, std::optional<Dialed> = {});

  io::Loop& loop_;
  DialPlan plan_;
  io::Observer& observer_;
  Done done_;
  Deadline deadline_;
  std::unique_ptr<Asking<Found>> look_up_;
  io::Timer limit_, report_;
  std::optional<Dialed> inherited_;
  std::unique_ptr<Connecting> connecting_;
};

}  // namespace sock::wire
