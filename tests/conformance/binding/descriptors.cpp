// The functions for descriptors and new sockets.
#include "conformance/binding/arguments.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/functions.hpp"
#include "conformance/binding/socket_object.hpp"

namespace binding::functions {

PyObject* close(PyObject*, PyObject* fd) {
  int number;
  if (!PyArg_Parse(fd, "i", &number)) return nullptr;
  if (!released([&] { core::close_fd(number); })) return nullptr;
  Py_RETURN_NONE;
}

PyObject* dup(PyObject*, PyObject* fd) {
  int number, duplicate = -1;
  if (!PyArg_Parse(fd, "i", &number)) return nullptr;
  if (!guarded([&] { duplicate = core::dup_fd(number); })) return nullptr;
  return PyLong_FromLong(duplicate);
}

PyObject* socketpair(PyObject*, PyObject* args) {
  int family = AF_UNIX, type = SOCK_STREAM, protocol = 0;
  if (!PyArg_ParseTuple(args, "|iii:socketpair", &family, &type, &protocol)) return nullptr;
  std::pair<core::Sock, core::Sock> pair;
  if (!released([&] { pair = core::Sock::pair(family, type, protocol); })) return nullptr;
  Ref first(wrap(std::move(pair.first)));
  Ref second(first ? wrap(std::move(pair.second)) : nullptr);
  return second ? Py_BuildValue("NN", first.release(), second.release()) : nullptr;
}

PyObject* getdefaulttimeout(PyObject*, PyObject*) { return timeout_value(core::default_timeout()); }

PyObject* setdefaulttimeout(PyObject*, PyObject* timeout) {
  std::int64_t ns = 0;
  if (!timeout_argument(timeout, ns)) return nullptr;
  core::set_default_timeout(ns);
  Py_RETURN_NONE;
}

}  // namespace binding::functions
