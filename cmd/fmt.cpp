// {fmt}, compiled once for all that include it. Debian has it as a shared library, but the program
// would start slower with one more of those to find.
#include <fmt/format-inl.h>

// What its headers leave to the library: what numbers look like in another locale.
namespace fmt::detail {
template std::locale locale_ref::get<std::locale>() const;
template char decimal_point_impl<char>(locale_ref);
template thousands_sep_result<char> thousands_sep_impl<char>(locale_ref);
}  // namespace fmt::detail
