// The module `_socket`, as Python's own Lib/socket.py imports it.
#include "conformance/binding/calls.hpp"
#include "conformance/binding/constants.hpp"
#include "conformance/binding/functions.hpp"
#include "conformance/binding/methods.hpp"
#include "conformance/binding/socket_object.hpp"

namespace {

using namespace binding;

PyMethodDef function_table[] = {
    {"CMSG_LEN", functions::cmsg_len, METH_VARARGS, nullptr},
    {"CMSG_SPACE", functions::cmsg_space, METH_VARARGS, nullptr},
    {"close", functions::close, METH_O, nullptr},
    {"dup", functions::dup, METH_O, nullptr},
    {"getaddrinfo", with_keywords(functions::getaddrinfo), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"getdefaulttimeout", functions::getdefaulttimeout, METH_NOARGS, nullptr},
    {"gethostbyaddr", functions::gethostbyaddr, METH_VARARGS, nullptr},
    {"gethostbyname", functions::gethostbyname, METH_VARARGS, nullptr},
    {"gethostbyname_ex", functions::gethostbyname_ex, METH_VARARGS, nullptr},
    {"gethostname", functions::gethostname, METH_NOARGS, nullptr},
    {"getnameinfo", functions::getnameinfo, METH_VARARGS, nullptr},
    {"getprotobyname", functions::getprotobyname, METH_VARARGS, nullptr},
    {"getservbyname", functions::getservbyname, METH_VARARGS, nullptr},
    {"getservbyport", functions::getservbyport, METH_VARARGS, nullptr},
    {"htonl", functions::swap_long, METH_O, nullptr},
    {"htons", functions::swap_short, METH_O, nullptr},
    {"if_indextoname", functions::if_indextoname, METH_O, nullptr},
    {"if_nameindex", functions::if_nameindex, METH_NOARGS, nullptr},
    {"if_nametoindex", functions::if_nametoindex, METH_VARARGS, nullptr},
    {"inet_aton", functions::inet_aton, METH_VARARGS, nullptr},
    {"inet_ntoa", functions::inet_ntoa, METH_VARARGS, nullptr},
    {"inet_ntop", functions::inet_ntop, METH_VARARGS, nullptr},
    {"inet_pton", functions::inet_pton, METH_VARARGS, nullptr},
    {"ntohl", functions::swap_long, METH_O, nullptr},
    {"ntohs", functions::swap_short, METH_O, nullptr},
    {"setdefaulttimeout", functions::setdefaulttimeout, METH_O, nullptr},
    {"sethostname", functions::sethostname, METH_VARARGS, nullptr},
    {"socketpair", functions::socketpair, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "_socket",
                          "Python's _socket over the socket core.",
                          -1,
                          function_table,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

// What CPython's module _ssl asks of us.
struct Capsule {
  PyTypeObject* type;
  PyObject* error;
  PyObject* timeout_error;
} capsule;

bool add_objects(PyObject* module) {
  const auto add = [module](const char* name, PyObject* object) {
    return PyModule_AddObjectRef(module, name, object) == 0;
  };
  PyObject* const type = reinterpret_cast<PyObject*>(socket_type);
  capsule = {socket_type, PyExc_OSError, PyExc_TimeoutError};
  const Ref pointer(PyCapsule_New(&capsule, "_socket.CAPI", nullptr));
  return add("socket", type) && add("SocketType", type) && add("error", PyExc_OSError) &&
         add("timeout", PyExc_TimeoutError) && add("herror", herror) && add("gaierror", gaierror) &&
         add("has_ipv6", Py_True) && add("CAPI", pointer.get());
}

}  // namespace

PyMODINIT_FUNC PyInit__socket() {
  core::set_interrupt_hook(run_signal_handlers);
  socket_type = make_socket_type();
  herror = PyErr_NewException("socket.herror", PyExc_OSError, nullptr);
  gaierror = PyErr_NewException("socket.gaierror", PyExc_OSError, nullptr);
  if (!socket_type || !herror || !gaierror) return nullptr;
  Ref module(PyModule_Create(&definition));
  if (!module || !add_objects(module.get()) || !add_constants(module.get())) return nullptr;
  return module.release();
}
