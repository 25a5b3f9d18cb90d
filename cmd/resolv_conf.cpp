#include "cmd/resolv_conf.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "io/lines.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t most_servers = 3;
constexpr unsigned most_dots = 15;

std::vector<std::string_view> words(std::string_view line) {
  constexpr std::string_view blank = " \t\r";
  std::vector<std::string_view> result;
  for (auto at = line.find_first_not_of(blank); at != line.npos;
       at = line.find_first_not_of(blank)) {
    line.remove_prefix(at);
    const auto word = line.substr(0, line.find_first_of(blank));
    result.push_back(word);
    line.remove_prefix(word.size());
  }
  return result;
}

void take_option(std::string_view option, ResolvConf& conf) {
  if (!option.starts_with("ndots:")) return;
  option.remove_prefix(6);
  unsigned dots = 0;
  const auto [end, error] = std::from_chars(option.data(), option.data() + option.size(), dots);
  if (error == std::errc()) conf.dots = std::min(dots, most_dots);
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text, std::string_view own) {
  ResolvConf conf;
  bool searches = false;
  while (!text.empty()) {
    const auto line = io::take_line(text);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    const auto all = words(line);
    if (all.size() < 2) continue;
    if (all[0] == "nameserver" && conf.servers.size() < most_servers) {
      conf.servers.emplace_back(all[1]);
    } else if (all[0] == "search" || all[0] == "domain") {
      const auto last = all[0] == "domain" ? all.begin() + 2 : all.end();
      conf.search.assign(all.begin() + 1, last);
      searches = true;
    } else if (all[0] == "options") {
      for (std::size_t i = 1; i < all.size(); ++i) take_option(all[i], conf);
    }
  }
  if (conf.servers.empty()) conf.servers.emplace_back("127.0.0.1");
  if (const auto dot = own.find('.'); !searches && dot != own.npos)
    conf.search.emplace_back(own.substr(dot + 1));
  return conf;
}

std::vector<std::string> full_names(const ResolvConf& conf, std::string_view name) {
  const std::string as_it_is(name);
  if (name.ends_with('.')) return {as_it_is};
  std::vector<std::string> names;
  for (const std::string& domain : conf.search) {
    const bool dot = domain.ends_with('.');
    names.push_back(domain == "." ? as_it_is + '.' : as_it_is + '.' + domain + (dot ? "" : "."));
  }
  const bool first = std::count(name.begin(), name.end(), '.') >= static_cast<long>(conf.dots);
  names.insert(first ? names.begin() : names.end(), as_it_is + '.');
  return names;
}

}  // namespace sock::cmd
