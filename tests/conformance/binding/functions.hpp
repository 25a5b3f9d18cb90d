// The functions of the module, each by the name that it has there.
#pragma once

#include "conformance/binding/python.hpp"

namespace binding::functions {

// descriptors.cpp
PyObject* close(PyObject*, PyObject* fd);
PyObject* dup(PyObject*, PyObject* fd);
PyObject* socketpair(PyObject*, PyObject* args);
PyObject* getdefaulttimeout(PyObject*, PyObject*);
PyObject* setdefaulttimeout(PyObject*, PyObject* timeout);

// lookups.cpp
PyObject* getaddrinfo(PyObject*, PyObject* args, PyObject* keywords);
PyObject* gethostbyaddr(PyObject*, PyObject* args);
PyObject* gethostbyname(PyObject*, PyObject* args);
PyObject* gethostbyname_ex(PyObject*, PyObject* args);
PyObject* gethostname(PyObject*, PyObject*);
PyObject* getnameinfo(PyObject*, PyObject* args);
PyObject* getprotobyname(PyObject*, PyObject* args);
PyObject* getservbyname(PyObject*, PyObject* args);
PyObject* getservbyport(PyObject*, PyObject* args);
PyObject* sethostname(PyObject*, PyObject* args);
PyObject* if_indextoname(PyObject*, PyObject* index);
PyObject* if_nameindex(PyObject*, PyObject*);
PyObject* if_nametoindex(PyObject*, PyObject* args);

// numbers.cpp
PyObject* cmsg_len(PyObject*, PyObject* args);
PyObject* cmsg_space(PyObject*, PyObject* args);
PyObject* inet_aton(PyObject*, PyObject* args);
PyObject* inet_ntoa(PyObject*, PyObject* args);
PyObject* inet_ntop(PyObject*, PyObject* args);
PyObject* inet_pton(PyObject*, PyObject* args);
PyObject* swap_long(PyObject*, PyObject* number);   // htonl, ntohl
PyObject* swap_short(PyObject*, PyObject* number);  // htons, ntohs

}  // namespace binding::functions
