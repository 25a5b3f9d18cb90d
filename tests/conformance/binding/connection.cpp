// The methods that make, name and end a connection.
#include "conformance/binding/addresses.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/methods.hpp"

namespace binding::methods {

namespace {

template <class F>
PyObject* done(F&& f) {
  if (!released(std::forward<F>(f))) return nullptr;
  Py_RETURN_NONE;
}

template <class F>
PyObject* address_from(PyObject* self, F&& get) {
  core::Addr address;
  if (!released([&] { address = get(); })) return nullptr;
  return to_python(address, socket_of(self).protocol);
}

// Parses an address and shows it to the auditors.
bool audited_address(PyObject* self, PyObject* object, core::Addr& out, const char* caller,
                     const char* event) {
  return address_argument(socket_of(self), object, out, caller) &&
         PySys_Audit(event, "OO", self, object) == 0;
}

}  // namespace

PyObject* accept(PyObject* self, PyObject*) {
  std::pair<int, core::Addr> accepted;
  if (!released([&] { accepted = core_of(self).accept(); })) return nullptr;
  PyObject* const peer = to_python(accepted.second, socket_of(self).protocol);
  if (!peer) {
    guarded([&] { core::close_fd(accepted.first); });
    return nullptr;
  }
  return Py_BuildValue("iN", accepted.first, peer);
}

PyObject* bind(PyObject* self, PyObject* address) {
  core::Addr to;
  if (!audited_address(self, address, to, "bind", "socket.bind")) return nullptr;
  return done([&] { core_of(self).bind(to); });
}

PyObject* connect(PyObject* self, PyObject* address) {
  core::Addr to;
  if (!audited_address(self, address, to, "connect", "socket.connect")) return nullptr;
  return done([&] { core_of(self).connect(to); });
}

PyObject* connect_ex(PyObject* self, PyObject* address) {
  core::Addr to;
  if (!audited_address(self, address, to, "connect_ex", "socket.connect")) return nullptr;
  int error = 0;
  if (!released([&] { error = core_of(self).connect_ex(to); })) return nullptr;
  return PyLong_FromLong(error);
}

PyObject* listen(PyObject* self, PyObject* args) {
  PyObject* object = nullptr;
  if (!PyArg_ParseTuple(args, "|O:listen", &object)) return nullptr;
  int given = 0;
  if (object && !PyArg_Parse(object, "i", &given)) return nullptr;
  const std::optional<int> backlog = object ? std::optional(given) : std::nullopt;
  return done([&] { core_of(self).listen(backlog); });
}

PyObject* close(PyObject* self, PyObject*) {
  socket_of(self).fd = -1;
  return done([&] { core_of(self).close(); });
}

PyObject* detach(PyObject* self, PyObject*) {
  socket_of(self).fd = -1;
  return PyLong_FromLong(core_of(self).detach());
}

PyObject* fileno(PyObject* self, PyObject*) { return PyLong_FromLong(core_of(self).fd()); }

PyObject* getsockname(PyObject* self, PyObject*) {
  return address_from(self, [&] { return core_of(self).getsockname(); });
}

PyObject* getpeername(PyObject* self, PyObject*) {
  return address_from(self, [&] { return core_of(self).getpeername(); });
}

PyObject* shutdown(PyObject* self, PyObject* how) {
  int direction;
  if (!PyArg_Parse(how, "i", &direction)) return nullptr;
  return done([&] { core_of(self).shutdown(direction); });
}

}  // namespace binding::methods
