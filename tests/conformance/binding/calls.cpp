#include "conformance/binding/calls.hpp"

#include <cerrno>

namespace binding {

namespace {

// This thread's state while it runs without the lock, else null.
thread_local PyThreadState* unlocked = nullptr;

void set_pair(PyObject* exception, int code, const std::string& message) {
  const Ref value(Py_BuildValue("(is)", code, message.c_str()));
  if (value) PyErr_SetObject(exception, value.get());
}

void set_error(const core::Error& error, const char* caller) {
  const char* message = error.message.c_str();
  switch (error.kind) {
    case core::Error::os:
      errno = error.code;
      PyErr_SetFromErrno(PyExc_OSError);
      break;
    case core::Error::timeout:
      PyErr_SetString(PyExc_TimeoutError, "timed out");
      break;
    case core::Error::gai:
      set_pair(gaierror, error.code, error.message);
      break;
    case core::Error::host:
      set_pair(herror, error.code, error.message);
      break;
    case core::Error::text:
      PyErr_SetString(PyExc_OSError, message);
      break;
    case core::Error::value:
      PyErr_SetString(PyExc_ValueError, message);
      break;
    case core::Error::overflow:
      if (caller)
        PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, message);
      else
        PyErr_SetString(PyExc_OverflowError, message);
      break;
  }
}

}  // namespace

PyThreadState* release_lock() { return std::exchange(unlocked, PyEval_SaveThread()); }

void take_lock(PyThreadState* outer) { PyEval_RestoreThread(std::exchange(unlocked, outer)); }

void run_signal_handlers() {
  if (!unlocked) return;
  PyEval_RestoreThread(unlocked);
  const int failed = PyErr_CheckSignals();
  unlocked = PyEval_SaveThread();
  if (failed) throw PythonError{};
}

bool report(const Outcome& outcome, const char* caller) {
  if (const auto* error = std::get_if<core::Error>(&outcome)) set_error(*error, caller);
  if (std::holds_alternative<NoMemory>(outcome)) PyErr_NoMemory();
  return std::holds_alternative<std::monostate>(outcome);
}

}  // namespace binding
