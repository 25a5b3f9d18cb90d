// The methods of `_socket.socket`, each by the name that it has there.
#pragma once

#include "conformance/binding/python.hpp"

namespace binding {

// For tables: a function that takes keywords as well.
using KeywordFunction = PyObject*(PyObject*, PyObject*, PyObject*);
inline PyCFunction with_keywords(KeywordFunction* f) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

namespace methods {

// connection.cpp
PyObject* accept(PyObject* self, PyObject*);
PyObject* bind(PyObject* self, PyObject* address);
PyObject* close(PyObject* self, PyObject*);
PyObject* connect(PyObject* self, PyObject* address);
PyObject* connect_ex(PyObject* self, PyObject* address);
PyObject* detach(PyObject* self, PyObject*);
PyObject* fileno(PyObject* self, PyObject*);
PyObject* getpeername(PyObject* self, PyObject*);
PyObject* getsockname(PyObject* self, PyObject*);
PyObject* listen(PyObject* self, PyObject* args);
PyObject* shutdown(PyObject* self, PyObject* how);

// options.cpp
PyObject* getblocking(PyObject* self, PyObject*);
PyObject* getsockopt(PyObject* self, PyObject* args);
PyObject* gettimeout(PyObject* self, PyObject*);
PyObject* setblocking(PyObject* self, PyObject* flag);
PyObject* setsockopt(PyObject* self, PyObject* args);
PyObject* settimeout(PyObject* self, PyObject* timeout);

// data.cpp
PyObject* recv(PyObject* self, PyObject* args);
PyObject* recv_into(PyObject* self, PyObject* args, PyObject* keywords);
PyObject* recvfrom(PyObject* self, PyObject* args);
PyObject* recvfrom_into(PyObject* self, PyObject* args, PyObject* keywords);
PyObject* send(PyObject* self, PyObject* args);
PyObject* sendall(PyObject* self, PyObject* args);
PyObject* sendto(PyObject* self, PyObject* args);

// messages.cpp
PyObject* recvmsg(PyObject* self, PyObject* args);
PyObject* recvmsg_into(PyObject* self, PyObject* args);
PyObject* sendmsg(PyObject* self, PyObject* args);
PyObject* sendmsg_afalg(PyObject* self, PyObject* args, PyObject* keywords);

}  // namespace methods
}  // namespace binding
