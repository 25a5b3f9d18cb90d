// Many targets on one host: its name is looked up once.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wire/dialing.hpp"

namespace sock::cmd {

// For Dialing: finds paths, and asks for a name once however many ports of it are asked for. What
// failed is asked again by whoever comes later. For threads; copies share what is known.
class SharedLookups {
 public:
  std::vector<wire::Path> operator()(const wire::DialPlan&, io::Observer&) const;

  // The same for all ports of a host; nothing for what is not looked up.
  static std::string key_of(const wire::DialPlan&);

 private:
  using Answer = std::shared_future<std::vector<wire::Path>>;
  struct Known {
    std::mutex mutex;
    std::map<std::string, Answer> answers;
  };
  void ask(const std::string& key, const wire::DialPlan&, io::Observer&,
           std::promise<std::vector<wire::Path>>) const;
  std::shared_ptr<Known> known_ = std::make_shared<Known>();
};

}  // namespace sock::cmd
