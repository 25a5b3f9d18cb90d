// Everything: the socket API that Python documents, for C++20.
#pragma once

#include "sock/address.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"
#include "sock/fd.hpp"
#include "sock/message.hpp"
#include "sock/names.hpp"
#include "sock/resolve.hpp"
#include "sock/socket.hpp"
#include "sock/stream.hpp"
#include "sock/timeout.hpp"
