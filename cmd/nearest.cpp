#include "cmd/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <limits>
#include <utility>

namespace sock::cmd {
namespace {

// Longer words are nobody's slip of the finger.
constexpr std::size_t longest = 64;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::size_t letters_apart(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between beginnings: two before, one before, this one.
  std::vector<std::size_t> second(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(second, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], second[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > longest) return std::nullopt;
  const std::string wanted = lower(word);
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::optional<std::string> found;
  for (const std::string& one : known) {
    const std::size_t apart = letters_apart(wanted, lower(one));
    if (apart * 3 > one.size() || apart > least) continue;
    found = apart == least ? std::nullopt : std::optional(one);
    least = apart;
  }
  return found;
}

std::string perhaps_meant(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = nearest(word, known);
  return meant ? "; perhaps " + *meant + " was meant" : "";
}

}  // namespace sock::cmd
