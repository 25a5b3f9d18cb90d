// The type `_socket.socket`.
#pragma once

#include <cstdint>

#include "conformance/binding/python.hpp"
#include "conformance/core.hpp"

namespace binding {

struct SocketObject {
  // Up to `state` it is what CPython's module _ssl reads of a socket, through the capsule CAPI: the
  // same members in the same order.
  PyObject_HEAD int fd;
  int family;
  int type;
  int protocol;
  PyObject* (*error_handler)();
  std::int64_t timeout;
  void* state;

  core::Sock* core;

  // The members above from the core's.
  void mirror() noexcept;
};

// Made when the module is imported.
inline PyTypeObject* socket_type = nullptr;
PyTypeObject* make_socket_type();

// An object of that type that owns `sock`.
PyObject* wrap(core::Sock&& sock);

inline SocketObject& socket_of(PyObject* self) noexcept {
  return *reinterpret_cast<SocketObject*>(self);
}
inline core::Sock& core_of(PyObject* self) noexcept { return *socket_of(self).core; }

}  // namespace binding
