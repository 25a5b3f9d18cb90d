// Many pieces of work at once, their results in order.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace sock::cmd {

// Gives a result out.
using Delivery = std::function<void()>;
// Done in any thread; what it makes is delivered in the order of the pieces.
using Work = std::function<Delivery()>;
// The next piece, nothing at the end. May block.
using Source = std::function<std::optional<Work>()>;

// Takes pieces from the source, at most `threads` of them under way, and at most `ahead` taken
// beyond the next one to be delivered. Sources and deliveries are called one at a time. What any of
// them throws is thrown here, at once: work that is under way then is left behind in its thread and
// never delivered, so what work and source use they must own. With one thread all is done here.
void in_order(const Source&, unsigned threads, std::size_t ahead);

}  // namespace sock::cmd
