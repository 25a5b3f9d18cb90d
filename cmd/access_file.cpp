#include "cmd/access_file.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cmd/file_text.hpp"
#include "cmd/values.hpp"
#include "sock/error.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
serve::Access read_access(const std::vector<serve::Rule>& options, const std::string& file,
                          Timeout timeout) {
  const auto resolve = [&](const std::string& name) {
    std::vector<Address> addresses;
    wire::Question question;
    question.host = name;
    question.type = SOCK_STREAM;
    for (const AddressInfo& info : wire::look_up(question, Deadline(timeout)))
      addresses.push_back(info.address);
    return addresses;
  };
  std::vector<serve::Rule> rules = options;
  try {
    if (!file.empty()) {
      const auto of_file = serve::parse_rules(text_of_file(file));
      rules.insert(rules.end(), of_file.begin(), of_file.end());
    }
    return serve::Access(rules, resolve);
  } catch (const std::invalid_argument& error) {
    throw UsageError((file.empty() ? "--allow, --deny" : file) + ": " + error.what());
  }
}

FileWatch::FileWatch(io::Loop& loop, const std::string& path, std::function<void()> changed)
    : changed_(std::move(changed)), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  const std::filesystem::path whole = std::filesystem::absolute(path);
  name_ = whole.filename().string();
  const std::string directory = whole.parent_path().string();
  if (!inotify_ ||
      ::inotify_add_watch(inotify_.get(), directory.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
    const int err = errno;
    throw_errno(err, "watch", directory);
  }
  watch_ =
      loop.watch(inotify_, io::Interest::read, "file", [this](io::Ready) { return on_readable(); });
}

bool FileWatch::on_readable() {
  alignas(inotify_event) std::array<char, 4096> events;
  const ssize_t n = ::read(inotify_.get(), events.data(), events.size());
  if (n <= 0) return false;
  bool ours = false;
  for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
    const auto* event = reinterpret_cast<const inotify_event*>(events.data() + at);
    ours = ours || (event->mask & IN_Q_OVERFLOW) != 0 ||
           (event->len > 0 && std::string_view(event->name) == name_);
    at += sizeof(inotify_event) + event->len;
  }
  if (ours) changed_();
  return true;
}

}  // namespace sock::cmd
