// The functions that turn addresses, numbers and sizes into each other.
#include <arpa/inet.h>

#include "conformance/binding/calls.hpp"
#include "conformance/binding/functions.hpp"

namespace binding::functions {

namespace {

template <class F>
PyObject* size_of(PyObject* args, F space) {
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "n", &size)) return nullptr;
  std::size_t result = 0;
  return guarded([&] { result = space(size); }) ? PyLong_FromSize_t(result) : nullptr;
}

// False, with the Python error set, unless it is an integer of so many bits, without sign.
bool integer_argument(PyObject* object, int bits, unsigned long& out) {
  const Ref integer(PyNumber_Index(object));
  if (!integer) return false;
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(integer.get(), &overflow);
  const bool negative = overflow < 0 || (overflow == 0 && value < 0);
  if (!negative && overflow == 0 && value >> bits == 0) {
    out = static_cast<unsigned long>(value);
    return true;
  }
  PyErr_Format(PyExc_OverflowError,
               negative ? "can't convert negative Python int to C %d-bit unsigned integer"
                        : "Python int too large to convert to C %d-bit unsigned integer",
               bits);
  return false;
}

}  // namespace

PyObject* cmsg_len(PyObject*, PyObject* args) { return size_of(args, core::cmsg_len); }
PyObject* cmsg_space(PyObject*, PyObject* args) { return size_of(args, core::cmsg_space); }

PyObject* swap_long(PyObject*, PyObject* number) {
  unsigned long value;
  if (!integer_argument(number, 32, value)) return nullptr;
  return PyLong_FromUnsignedLong(htonl(static_cast<std::uint32_t>(value)));
}

PyObject* swap_short(PyObject*, PyObject* number) {
  unsigned long value;
  if (!integer_argument(number, 16, value)) return nullptr;
  return PyLong_FromUnsignedLong(htons(static_cast<std::uint16_t>(value)));
}

PyObject* inet_aton(PyObject*, PyObject* args) {
  const char* text;
  if (!PyArg_ParseTuple(args, "s:inet_aton", &text)) return nullptr;
  std::string packed;
  return guarded([&] { packed = core::inet_aton(text); }) ? to_bytes(packed) : nullptr;
}

PyObject* inet_ntoa(PyObject*, PyObject* args) {
  Buffer packed;
  if (!PyArg_ParseTuple(args, "y*:inet_ntoa", &packed.view)) return nullptr;
  std::string text;
  return guarded([&] { text = core::inet_ntoa(packed.text()); }) ? to_text(text) : nullptr;
}

PyObject* inet_pton(PyObject*, PyObject* args) {
  int family;
  const char* text;
  if (!PyArg_ParseTuple(args, "is:inet_pton", &family, &text)) return nullptr;
  std::string packed;
  return guarded([&] { packed = core::inet_pton(family, text); }) ? to_bytes(packed) : nullptr;
}

PyObject* inet_ntop(PyObject*, PyObject* args) {
  int family;
  Buffer packed;
  if (!PyArg_ParseTuple(args, "iy*:inet_ntop", &family, &packed.view)) return nullptr;
  std::string text;
  return guarded([&] { text = core::inet_ntop(family, packed.text()); }) ? to_text(text) : nullptr;
}

}  // namespace binding::functions
