// The constants of the module: the system's, under Python's names.
#pragma once

#include "conformance/binding/python.hpp"

namespace binding {

bool add_constants(PyObject* module);

}  // namespace binding
