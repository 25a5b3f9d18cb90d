#include "cmd/meter.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace sock::cmd {
namespace {

using std::chrono::duration;

// What is shown, in this order; the larger the rank, the earlier it is left out.
struct Part {
  std::string text;
  int rank;
  std::size_t columns;
};

Part ascii(std::string text, int rank) {
  const std::size_t columns = text.size();
  return {std::move(text), rank, columns};
}

Part sparkline(const std::vector<double>& seconds, bool unicode) {
  static constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::string_view marks = "_.-=+*%#";
  const double most = seconds.empty() ? 0 : *std::max_element(seconds.begin(), seconds.end());
  Part part{{}, 5, seconds.size()};
  for (const double rate : seconds) {
    const auto level = most == 0 ? 0 : static_cast<std::size_t>(rate / most * 7.999);
    if (unicode)
      part.text += blocks[level];
    else
      part.text += marks[level];
  }
  return part;
}

std::string amounts(const MeterState& state) {
  if (state.received == 0) return show_size(static_cast<double>(state.sent)) + " sent";
  const std::string received = show_size(static_cast<double>(state.received)) + " received";
  if (state.sent == 0) return received;
  return fmt::format("{} sent, {}", show_size(static_cast<double>(state.sent)), received);
}

// How far the input is, and when it will be through if it goes on as now.
std::string outlook(const MeterState& state) {
  const auto size = static_cast<double>(*state.size);
  const auto sent = static_cast<double>(state.sent);
  const double part = size == 0 ? 1 : std::min(1.0, sent / size);
  std::string text = fmt::format("{:.0f}%", part * 100);
  const double seconds = (size - sent) / state.rate;  // no rate: infinity
  if (part < 1 && seconds < 360'000)
    text +=
        " ETA " +
        show_clock(std::chrono::duration_cast<std::chrono::nanoseconds>(duration<double>(seconds)));
  return text;
}

}  // namespace

void RateWindow::add(io::Clock::time_point at, std::uint64_t count) {
  samples_.push_back({at, count});
  // One before the window is kept: the rate of its first second needs it.
  while (samples_.size() > 2 && samples_[1].at <= at - span) samples_.pop_front();
}

double RateWindow::count_at(io::Clock::time_point at) const {
  const auto after = std::find_if(samples_.begin(), samples_.end(),
                                  [at](const Sample& sample) { return sample.at >= at; });
  if (after == samples_.end()) return static_cast<double>(samples_.back().count);
  if (after == samples_.begin()) return static_cast<double>(after->count);
  const auto before = std::prev(after);
  const double part = duration<double>(at - before->at) / duration<double>(after->at - before->at);
  const auto grown = static_cast<double>(after->count - before->count);
  return static_cast<double>(before->count) + part * grown;
}

double RateWindow::now() const {
  if (samples_.size() < 2) return 0;
  const Sample& last = samples_.back();
  const auto since = std::max(samples_.front().at, last.at - std::chrono::seconds(1));
  const double time = duration<double>(last.at - since).count();
  return time == 0 ? 0 : (static_cast<double>(last.count) - count_at(since)) / time;
}

std::vector<double> RateWindow::seconds() const {
  std::vector<double> rates;
  if (samples_.empty()) return rates;
  const auto last = samples_.back().at;
  for (auto back = span; back.count() > 0; --back) {
    const auto begin = last - back;
    if (begin < samples_.front().at) continue;
    rates.push_back(count_at(begin + std::chrono::seconds(1)) - count_at(begin));
  }
  return rates;
}

std::string meter_line(const MeterState& state, std::size_t width, bool unicode) {
  const double elapsed = duration<double>(state.elapsed).count();
  const auto total = static_cast<double>(state.sent + state.received);
  const double mean = elapsed == 0 ? 0 : total / elapsed;
  std::vector<Part> parts;
  parts.push_back(ascii(amounts(state), 0));
  parts.push_back(ascii(show_size(state.rate) + "/s", 1));
  parts.push_back(ascii("mean " + show_size(mean) + "/s", 4));
  parts.push_back(ascii(show_clock(state.elapsed), 3));
  if (state.size) parts.push_back(ascii(outlook(state), 2));
  if (!state.seconds.empty()) parts.push_back(sparkline(state.seconds, unicode));

  constexpr std::size_t gap = 2;
  const auto columns = [&] {
    std::size_t sum = 0;
    for (const Part& part : parts) sum += part.columns + (sum == 0 ? 0 : gap);
    return sum;
  };
  while (parts.size() > 1 && columns() > width)
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.rank < b.rank; }));
  std::string line;
  for (const Part& part : parts) line += (line.empty() ? "" : "  ") + part.text;
  return columns() > width ? line.substr(0, width) : line;  // the first part is ASCII
}

std::string show_size(double bytes) {
  static constexpr std::array<std::string_view, 6> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  if (unit == 0) return fmt::format("{:.0f} {}", bytes, units[unit]);
  const int decimals = bytes < 10 ? 2 : bytes < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}", bytes, decimals, units[unit]);
}

std::string show_clock(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace sock::cmd
