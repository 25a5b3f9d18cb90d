#include "cmd/port_holder.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "sock/resolve.hpp"
#include "wire/endpoint.hpp"

namespace sock::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening_state = "0A";  // TCP_LISTEN

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

unsigned number_of(std::string_view text, int base) noexcept {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

bool has_one_of(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code unreadable;
    const std::string target = fs::read_symlink(fd->path(), unreadable).string();
    constexpr std::string_view prefix = "socket:[";
    if (target.starts_with(prefix) &&
        inodes.contains(target.substr(prefix.size(), target.size() - prefix.size() - 1)))
      return true;
  }
  return false;
}

std::string process_with(const std::set<std::string>& inodes) {
  if (inodes.empty()) return {};
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string pid = process->path().filename().string();
    if (!std::all_of(pid.begin(), pid.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (!has_one_of(process->path(), inodes)) continue;
    std::string name = text_of(process->path() / "comm");
    if (name.ends_with('\n')) name.pop_back();
    return "process " + pid + " (" + name + ") has it";
  }
  return {};
}

}  // namespace

std::set<std::string> inodes_at(const std::string& table, unsigned port, bool listening) {
  std::set<std::string> inodes;
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    // number, local, remote, state, queues, timer, retransmits, user, timeout, inode
    std::istringstream words(line);
    std::vector<std::string> column;
    for (std::string word; column.size() < 10 && words >> word;) column.push_back(word);
    if (column.size() < 10 || (listening && column[3] != listening_state)) continue;
    const auto colon = column[1].rfind(':');
    if (colon == std::string::npos) continue;
    if (number_of(std::string_view(column[1]).substr(colon + 1), 16) == port)
      inodes.insert(column[9]);
  }
  return inodes;
}

std::string port_holder(const Error& error) try {
  if (error.code() != std::errc::address_in_use) return {};
  const wire::Endpoint endpoint = wire::parse_endpoint(error.subject());
  const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
  if (inet == nullptr) return {};
  const unsigned port = number_of(inet->port, 10);
  const bool udp = inet->transport == wire::Transport::udp;
  std::set<std::string> inodes;
  for (const char* table : udp ? std::vector{"/proc/net/udp", "/proc/net/udp6"}
                               : std::vector{"/proc/net/tcp", "/proc/net/tcp6"})
    inodes.merge(inodes_at(text_of(table), port, !udp));
  return process_with(inodes);
} catch (const std::exception&) {  // it is only said where it is easily known
  return {};
}

}  // namespace sock::cmd
