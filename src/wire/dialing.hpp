// dial() on a loop, which it never holds up.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/connecting.hpp"
#include "wire/dial.hpp"
#include "wire/finding.hpp"
#include "wire/path.hpp"

namespace sock::wire {

class Proxying;

// Names are looked up in a thread, which is left behind when the dial is cancelled or its time is
// up. Where nobody has to be asked there is no thread, and the attempt begins at once.
class Dialing {
 public:
  using Done = DialDone;
  // `done` is called once, from the loop and never from the constructor, with what dial() would
  // throw or return; then this may be destroyed. Destroying it before cancels: what is open is
  // closed, and nobody is told. The loop and the observer, which is only told things in the loop's
  // thread, must outlive it.
  Dialing(io::Loop&, const DialPlan&, io::Observer&, Done done, const FindPaths& find = find_paths);
  ~Dialing();
  Dialing(const Dialing&) = delete;
  Dialing& operator=(const Dialing&) = delete;

 private:
  void begin(const FindPaths&);
  void connect(std::vector<Path>);
  void arrived(Dialed);
  void fail(std::exception_ptr);
  void told(std::exception_ptr, Dialed*);

  io::Loop& loop_;
  const DialPlan plan_;
  io::Observer& observer_;
  Done done_;
  const Deadline deadline_;
  io::Timer report_;
  std::optional<Dialed> inherited_;
  std::unique_ptr<Finding> finding_;
  std::unique_ptr<Connecting> connecting_;
  std::unique_ptr<Proxying> proxying_;
};

}  // namespace sock::wire
