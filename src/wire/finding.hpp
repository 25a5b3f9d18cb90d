// Finding the paths of a plan on a loop, which it never holds up.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/path.hpp"

namespace sock::wire {

// Finds the paths of a plan, and may wait as long as it likes; a thread runs it.
using FindPaths = std::function<std::vector<Path>(const DialPlan&, io::Observer&)>;
std::vector<Path> find_paths(const DialPlan&, io::Observer&);

// Has anybody to be asked for its names?
bool asks_somebody(const DialPlan&) noexcept;

template <class Answer>
class Asking;

// A thread finds them, which is left behind when this is destroyed or the time is up.
class Finding {
 public:
  using Done = std::function<void(std::exception_ptr, std::vector<Path>)>;

  // `done` is called once, from the loop, and may destroy this. Destroying it before cancels. The
  // loop and the observer, which is only told things in the loop's thread, must outlive it.
  Finding(io::Loop&, const DialPlan&, const Deadline&, io::Observer&, const FindPaths&, Done);
  ~Finding();
  Finding(const Finding&) = delete;
  Finding& operator=(const Finding&) = delete;

 private:
  struct Found;
  void found(std::future<Found>);
  void end(std::exception_ptr, std::vector<Path> = {});

  io::Observer& observer_;
  Done done_;
  std::unique_ptr<Asking<Found>> asking_;
  io::Timer limit_;
};

}  // namespace sock::wire
