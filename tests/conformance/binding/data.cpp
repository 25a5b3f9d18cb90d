// The methods that receive and send bytes.
#include "conformance/binding/addresses.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/methods.hpp"

namespace binding::methods {

namespace {

// The arguments (size, flags) of recv and recvfrom.
struct Size {
  Py_ssize_t size = 0;
  int flags = 0;

  bool parse(PyObject* args, const char* format, const char* caller) {
    if (!PyArg_ParseTuple(args, format, &size, &flags)) return false;
    if (size >= 0) return true;
    PyErr_Format(PyExc_ValueError, "negative buffersize in %s", caller);
    return false;
  }
};

// The arguments (buffer, nbytes, flags) of recv_into and recvfrom_into.
struct Into {
  Buffer buffer;
  std::span<std::byte> room;
  int flags = 0;

  bool parse(PyObject* args, PyObject* keywords, const char* format, const char* caller,
             const char* too_small) {
    static const char* names[] = {"buffer", "nbytes", "flags", nullptr};
    Py_ssize_t size = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, format, const_cast<char**>(names),
                                     &buffer.view, &size, &flags))
      return false;
    if (size < 0) {
      PyErr_Format(PyExc_ValueError, "negative buffersize in %s", caller);
      return false;
    }
    if (size > buffer.view.len) return fail(PyExc_ValueError, too_small);
    room = size == 0 ? buffer.bytes() : buffer.bytes().first(static_cast<std::size_t>(size));
    return true;
  }
};

PyObject* count(std::size_t n) { return PyLong_FromSize_t(n); }

}  // namespace

PyObject* recv(PyObject* self, PyObject* args) {
  Size asked;
  if (!asked.parse(args, "n|i:recv", "recv")) return nullptr;
  NewBytes data(asked.size);
  std::size_t n = 0;
  if (!data || !released([&] { n = core_of(self).recv(data.room(), asked.flags); })) return nullptr;
  return data.take(n);
}

PyObject* recv_into(PyObject* self, PyObject* args, PyObject* keywords) {
  Into into;
  if (!into.parse(args, keywords, "w*|ni:recv_into", "recv_into",
                  "buffer too small for requested bytes"))
    return nullptr;
  std::size_t n = 0;
  if (!released([&] { n = core_of(self).recv(into.room, into.flags); })) return nullptr;
  return count(n);
}

PyObject* recvfrom(PyObject* self, PyObject* args) {
  Size asked;
  if (!asked.parse(args, "n|i:recvfrom", "recvfrom")) return nullptr;
  NewBytes data(asked.size);
  std::pair<std::size_t, core::Addr> received;
  if (!data || !released([&] { received = core_of(self).recvfrom(data.room(), asked.flags); }))
    return nullptr;
  PyObject* const from = to_python(received.second, socket_of(self).protocol);
  return from ? Py_BuildValue("NN", data.take(received.first), from) : nullptr;
}

PyObject* recvfrom_into(PyObject* self, PyObject* args, PyObject* keywords) {
  Into into;
  if (!into.parse(args, keywords, "w*|ni:recvfrom_into", "recvfrom_into",
                  "nbytes is greater than the length of the buffer"))
    return nullptr;
  std::pair<std::size_t, core::Addr> received;
  if (!released([&] { received = core_of(self).recvfrom(into.room, into.flags); })) return nullptr;
  PyObject* const from = to_python(received.second, socket_of(self).protocol);
  return from ? Py_BuildValue("NN", count(received.first), from) : nullptr;
}

PyObject* send(PyObject* self, PyObject* args) {
  Buffer data;
  int flags = 0;
  if (!PyArg_ParseTuple(args, "y*|i:send", &data.view, &flags)) return nullptr;
  std::size_t n = 0;
  if (!released([&] { n = core_of(self).send(data.bytes(), flags); })) return nullptr;
  return count(n);
}

PyObject* sendall(PyObject* self, PyObject* args) {
  Buffer data;
  int flags = 0;
  if (!PyArg_ParseTuple(args, "y*|i:sendall", &data.view, &flags)) return nullptr;
  if (!released([&] { core_of(self).sendall(data.bytes(), flags); })) return nullptr;
  Py_RETURN_NONE;
}

// The flags are in the middle, and may be left out.
PyObject* sendto(PyObject* self, PyObject* args) {
  Buffer data;
  PyObject* address;
  int flags = 0;
  const Py_ssize_t given = PyTuple_GET_SIZE(args);
  if (given != 2 && given != 3)
    return PyErr_Format(PyExc_TypeError, "sendto() takes 2 or 3 arguments (%zd given)", given);
  if (given == 2 ? !PyArg_ParseTuple(args, "y*O:sendto", &data.view, &address)
                 : !PyArg_ParseTuple(args, "y*iO:sendto", &data.view, &flags, &address))
    return nullptr;
  core::Addr to;
  if (!address_argument(socket_of(self), address, to, "sendto")) return nullptr;
  if (PySys_Audit("socket.sendto", "OO", self, address) < 0) return nullptr;
  std::size_t n = 0;
  if (!released([&] { n = core_of(self).sendto(data.bytes(), flags, to); })) return nullptr;
  return count(n);
}

}  // namespace binding::methods
