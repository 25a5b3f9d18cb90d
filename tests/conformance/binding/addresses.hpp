// Addresses as Python writes them: a tuple, a path, or bytes, by the socket's family.
#pragma once

#include "conformance/binding/socket_object.hpp"

namespace binding {

// `protocol` tells the forms of AF_CAN apart.
PyObject* to_python(const core::Addr& address, int protocol);

// False, with the Python error set, when it is no address of that family. `caller` is the method
// that the error names.
bool address_argument(const SocketObject& socket, PyObject* object, core::Addr& out,
                      const char* caller);

}  // namespace binding
