// What of the options for the bytes of a conversation has a meaning for many, in which mode.
#pragma once

#include <vector>

#include "cmd/listen.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// Throws UsageError for an option that has none. Pure.
void check_data_of_many(const ListenPlan&);

// The same of the kinds of sockets that are there. Whether all of them keep messages.
bool check_kinds(const ListenPlan&, const std::vector<wire::Listener>&);

}  // namespace sock::cmd
