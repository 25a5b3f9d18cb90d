// The methods that set and show how a socket behaves.
#include <algorithm>
#include <cstring>

#include "conformance/binding/arguments.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/methods.hpp"
#include "conformance/binding/socket_object.hpp"

namespace binding::methods {

namespace {

PyObject* set_timeout(PyObject* self, std::int64_t ns) {
  const bool done = released([&] { core_of(self).set_timeout(ns); });
  socket_of(self).timeout = core_of(self).timeout();  // it is set even if the descriptor is not
  if (!done) return nullptr;
  Py_RETURN_NONE;
}

template <class F>
PyObject* done(F&& f) {
  if (!guarded(std::forward<F>(f))) return nullptr;
  Py_RETURN_NONE;
}

// The options of AF_VSOCK are numbers of 64 bits.
PyObject* get_vsock(PyObject* self, int level, int option) {
  std::string raw;
  if (!guarded([&] { raw = core_of(self).getsockopt(level, option, 8); })) return nullptr;
  std::uint64_t value = 0;
  std::memcpy(&value, raw.data(), std::min(raw.size(), sizeof value));
  return PyLong_FromUnsignedLongLong(value);
}

PyObject* set_vsock(PyObject* self, PyObject* args) {
  int level, option;
  unsigned long long value;
  if (!PyArg_ParseTuple(args, "iiK:setsockopt", &level, &option, &value)) return nullptr;
  return done(
      [&] { core_of(self).setsockopt(level, option, std::as_bytes(std::span(&value, 1))); });
}

}  // namespace

PyObject* settimeout(PyObject* self, PyObject* timeout) {
  std::int64_t ns = 0;
  return timeout_argument(timeout, ns) ? set_timeout(self, ns) : nullptr;
}

PyObject* gettimeout(PyObject* self, PyObject*) { return timeout_value(core_of(self).timeout()); }

PyObject* setblocking(PyObject* self, PyObject* flag) {
  const int blocking = PyObject_IsTrue(flag);
  return blocking < 0 ? nullptr : set_timeout(self, blocking ? -1 : 0);
}

PyObject* getblocking(PyObject* self, PyObject*) {
  return PyBool_FromLong(core_of(self).timeout() != 0);
}

PyObject* getsockopt(PyObject* self, PyObject* args) {
  int level, option, size = 0;
  if (!PyArg_ParseTuple(args, "ii|i:getsockopt", &level, &option, &size)) return nullptr;
  const bool vsock = socket_of(self).family == AF_VSOCK;
  if (size == 0) {
    if (vsock) return get_vsock(self, level, option);
    int value = 0;
    if (!guarded([&] { value = core_of(self).getsockopt(level, option); })) return nullptr;
    return PyLong_FromLong(value);
  }
  if (vsock) {
    PyErr_SetString(PyExc_OSError, "getsockopt string buffer not allowed");
    return nullptr;
  }
  std::string value;
  if (!guarded([&] { value = core_of(self).getsockopt(level, option, size); })) return nullptr;
  return to_bytes(value);
}

// A number, None with a length, or bytes.
PyObject* setsockopt(PyObject* self, PyObject* args) {
  if (socket_of(self).family == AF_VSOCK) return set_vsock(self, args);
  int level, option, number;
  if (PyArg_ParseTuple(args, "iii:setsockopt", &level, &option, &number))
    return done([&] { core_of(self).setsockopt(level, option, number); });
  PyErr_Clear();
  PyObject* none;
  unsigned size;
  if (PyArg_ParseTuple(args, "iiO!I:setsockopt", &level, &option, Py_TYPE(Py_None), &none, &size))
    return done([&] { core_of(self).setsockopt_null(level, option, size); });
  PyErr_Clear();
  Buffer bytes;
  if (!PyArg_ParseTuple(args, "iiy*:setsockopt", &level, &option, &bytes.view)) return nullptr;
  return done(
      [&] { core_of(self).setsockopt(level, option, std::span<const std::byte>(bytes.bytes())); });
}

}  // namespace binding::methods
