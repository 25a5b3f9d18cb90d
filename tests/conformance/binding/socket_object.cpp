#include "conformance/binding/socket_object.hpp"

#include <structmember.h>

#include <algorithm>
#include <climits>
#include <cstddef>

#include "conformance/binding/calls.hpp"
#include "conformance/binding/methods.hpp"

namespace binding {

void SocketObject::mirror() noexcept {
  fd = core->fd();
  family = core->family();
  type = core->type();
  protocol = core->protocol();
  timeout = core->timeout();
}

namespace {

PyObject* error_from_errno() { return PyErr_SetFromErrno(PyExc_OSError); }

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) {
  Ref self(type->tp_alloc(type, 0));
  if (!self) return nullptr;
  SocketObject& socket = socket_of(self.get());
  if (!guarded([&] { socket.core = new core::Sock; })) return nullptr;
  socket.error_handler = error_from_errno;
  socket.mirror();
  return self.release();
}

bool adopt(core::Sock& sock, PyObject* fileno, int family, int type, int protocol) {
  const long fd = PyLong_AsLong(fileno);
  if (fd == -1 && PyErr_Occurred()) return false;
  if (fd > INT_MAX) return fail(PyExc_OverflowError, "file descriptor out of range");
  const int narrow = static_cast<int>(std::max(fd, -1L));
  return guarded([&] { sock = core::Sock::adopt(narrow, family, type, protocol); });
}

int initialize(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"family", "type", "proto", "fileno", nullptr};
  int family = -1, type = -1, protocol = -1;
  PyObject* fileno = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|iiiO:socket", const_cast<char**>(names),
                                   &family, &type, &protocol, &fileno))
    return -1;
  if (PySys_Audit("socket.__new__", "Oiii", self, family, type, protocol) < 0) return -1;
  core::Sock& sock = core_of(self);
  const bool done = fileno != Py_None
                        ? adopt(sock, fileno, family, type, protocol)
                        : released([&] { sock = core::Sock::open(family, type, protocol); });
  if (!done) return -1;
  socket_of(self).mirror();
  return 0;
}

// Says that the socket was left open, and closes it.
void finalize(PyObject* self) {
  SocketObject& socket = socket_of(self);
  if (!socket.core || socket.core->fd() < 0) return;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  // The warning comes first: whoever logs it may still ask the socket things.
  if (PyErr_ResourceWarning(self, 1, "unclosed %R", self) && PyErr_ExceptionMatches(PyExc_Warning))
    PyErr_WriteUnraisable(self);
  PyErr_Clear();
  const int fd = socket.core->detach();
  socket.mirror();
  if (!released([&] { core::close_fd(fd); })) PyErr_Clear();
  PyErr_Restore(type, value, traceback);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  return 0;
}

void deallocate(PyObject* self) {
  if (PyObject_CallFinalizerFromDealloc(self) < 0) return;
  PyObject_GC_UnTrack(self);
  delete socket_of(self).core;
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* represent(PyObject* self) {
  const SocketObject& socket = socket_of(self);
  return PyUnicode_FromFormat("<socket object, fd=%d, family=%d, type=%d, proto=%d>",
                              socket.core->fd(), socket.family, socket.type, socket.protocol);
}

PyObject* timeout_attribute(PyObject* self, void*) { return methods::gettimeout(self, nullptr); }

PyMethodDef method_table[] = {
    {"_accept", methods::accept, METH_NOARGS, nullptr},
    {"bind", methods::bind, METH_O, nullptr},
    {"close", methods::close, METH_NOARGS, nullptr},
    {"connect", methods::connect, METH_O, nullptr},
    {"connect_ex", methods::connect_ex, METH_O, nullptr},
    {"detach", methods::detach, METH_NOARGS, nullptr},
    {"fileno", methods::fileno, METH_NOARGS, nullptr},
    {"getblocking", methods::getblocking, METH_NOARGS, nullptr},
    {"getpeername", methods::getpeername, METH_NOARGS, nullptr},
    {"getsockname", methods::getsockname, METH_NOARGS, nullptr},
    {"getsockopt", methods::getsockopt, METH_VARARGS, nullptr},
    {"gettimeout", methods::gettimeout, METH_NOARGS, nullptr},
    {"listen", methods::listen, METH_VARARGS, nullptr},
    {"recv", methods::recv, METH_VARARGS, nullptr},
    {"recv_into", with_keywords(methods::recv_into), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"recvfrom", methods::recvfrom, METH_VARARGS, nullptr},
    {"recvfrom_into", with_keywords(methods::recvfrom_into), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"recvmsg", methods::recvmsg, METH_VARARGS, nullptr},
    {"recvmsg_into", methods::recvmsg_into, METH_VARARGS, nullptr},
    {"send", methods::send, METH_VARARGS, nullptr},
    {"sendall", methods::sendall, METH_VARARGS, nullptr},
    {"sendmsg", methods::sendmsg, METH_VARARGS, nullptr},
    {"sendmsg_afalg", with_keywords(methods::sendmsg_afalg), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"sendto", methods::sendto, METH_VARARGS, nullptr},
    {"setblocking", methods::setblocking, METH_O, nullptr},
    {"setsockopt", methods::setsockopt, METH_VARARGS, nullptr},
    {"settimeout", methods::settimeout, METH_O, nullptr},
    {"shutdown", methods::shutdown, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyMemberDef members[] = {{"family", T_INT, offsetof(SocketObject, family), READONLY, nullptr},
                         {"type", T_INT, offsetof(SocketObject, type), READONLY, nullptr},
                         {"proto", T_INT, offsetof(SocketObject, protocol), READONLY, nullptr},
                         {nullptr, 0, 0, 0, nullptr}};

PyGetSetDef attributes[] = {{"timeout", timeout_attribute, nullptr, nullptr, nullptr},
                            {nullptr, nullptr, nullptr, nullptr, nullptr}};

template <class F>
void* slot(F* f) noexcept {
  return reinterpret_cast<void*>(f);
}

}  // namespace

PyTypeObject* make_socket_type() {
  PyType_Slot slots[] = {{Py_tp_new, slot(make)},           {Py_tp_init, slot(initialize)},
                         {Py_tp_dealloc, slot(deallocate)}, {Py_tp_traverse, slot(traverse)},
                         {Py_tp_finalize, slot(finalize)},  {Py_tp_repr, slot(represent)},
                         {Py_tp_methods, method_table},     {Py_tp_members, members},
                         {Py_tp_getset, attributes},        {0, nullptr}};
  PyType_Spec spec{
      "_socket.socket", sizeof(SocketObject), 0,
      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
      slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

PyObject* wrap(core::Sock&& sock) {
  PyObject* const object = make(socket_type, nullptr, nullptr);
  if (!object) return nullptr;
  core_of(object) = std::move(sock);
  socket_of(object).mirror();
  return object;
}

}  // namespace binding
