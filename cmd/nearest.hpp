// What may have been meant by a word that is not known. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sock::cmd {

// So many letters have to be put in, left out, changed or swapped with their neighbour to make one
// of the other (optimal string alignment).
std::size_t letters_apart(std::string_view, std::string_view);

// The known word that is no more than a third of its letters away, if there is one alone; case
// does not count.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

// "; perhaps WORD was meant", or nothing.
std::string perhaps_meant(std::string_view word, const std::vector<std::string>& known);

}  // namespace sock::cmd
