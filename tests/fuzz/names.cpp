// Names, a line each: the same as a plain look at the whole text finds.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/name_lines.hpp"
#include "cmd/values.hpp"
#include "fuzz.hpp"

using namespace fuzz;

namespace {

constexpr std::size_t longest = 4096;
const std::string too_long = "too long\n";  // no name has a newline

sock::Fd file_with(std::string_view text) {
  sock::Fd file(::memfd_create("names", MFD_CLOEXEC));
  require(file && sock::cmd::write_all(file, text) == 0, "a file in memory");
  require(::lseek(file.get(), 0, SEEK_SET) == 0, "from its start");
  return file;
}

std::vector<std::string> names_in(std::string_view text) {
  const sock::Fd file = file_with(text);
  sock::cmd::NameLines lines(file);
  std::vector<std::string> names;
  try {
    while (auto name = lines.next()) names.push_back(std::move(*name));
    require(!lines.next(), "the end stays the end");
  } catch (const sock::cmd::UsageError&) {
    names.push_back(too_long);
  }
  return names;
}

std::vector<std::string> expected_in(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() > longest) {
      names.push_back(too_long);
      break;
    }
    std::string name(line);
    const auto is_space = [](char c) {
      return std::string_view(" \t\r\f\v").find(c) != std::string_view::npos;
    };
    while (!name.empty() && is_space(name.back())) name.pop_back();
    while (!name.empty() && is_space(name.front())) name.erase(0, 1);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

// Long inputs are made from short ones: what is read at once has an end, too.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = text_of(data, size);
  const std::size_t times = std::size_t{1} << (take_byte(input) % 12);
  std::string text;
  for (std::size_t i = 0; i < times && text.size() < 256 * 1024; ++i) text += input;
  require(names_in(text) == expected_in(text), "names are what stands between white space");
  return 0;
}
