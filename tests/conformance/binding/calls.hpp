// Calling the core: without the interpreter's lock where it may wait, and with its errors turned
// into Python's.
#pragma once

#include <new>
#include <utility>
#include <variant>

#include "conformance/binding/python.hpp"
#include "conformance/core.hpp"

namespace binding {

// The module's exception classes; set when it is imported.
inline PyObject* gaierror = nullptr;
inline PyObject* herror = nullptr;

// The core's interrupt hook: runs Python's signal handlers, and throws when one of them raised.
void run_signal_handlers();

struct PythonError {};  // an exception is set already
struct NoMemory {};
using Outcome = std::variant<std::monostate, core::Error, PythonError, NoMemory>;

// No catch (...) and no noexcept around the taking of the lock: CPython ends daemon threads there
// when the interpreter goes, by unwinding their stacks.
PyThreadState* release_lock();
void take_lock(PyThreadState* outer);

template <class F>
Outcome attempt(F&& f) {
  try {
    f();
    return {};
  } catch (const core::Error& e) {
    return e;
  } catch (const PythonError& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return NoMemory{};
  }
}

// Whether it went well; else the Python error is set. `caller`, if any, is named in errors of
// range.
bool report(const Outcome& outcome, const char* caller);

// Runs f with the lock kept, for what does not wait.
template <class F>
bool guarded(F&& f, const char* caller = nullptr) {
  return report(attempt(std::forward<F>(f)), caller);
}

// Runs f with the lock released.
template <class F>
bool released(F&& f, const char* caller = nullptr) {
  PyThreadState* const outer = release_lock();
  const Outcome outcome = attempt(std::forward<F>(f));
  take_lock(outer);
  return report(outcome, caller);
}

}  // namespace binding
