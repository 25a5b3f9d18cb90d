# Interface targets for our own code only; they are never exported.
add_library(sock_warnings INTERFACE)
target_compile_options(sock_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # GCC 12 sees overlaps in std::string's operator+ that are not there (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

add_library(sock_sanitizers INTERFACE)
if(SOCK_SANITIZE)
  target_compile_options(sock_sanitizers INTERFACE
    -fsanitize=${SOCK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sock_sanitizers INTERFACE -fsanitize=${SOCK_SANITIZE})
endif()
if(SOCK_BUILD_FUZZERS)
  # Everything tells the fuzzer what was reached; the sanitizers have stubs for what is no target.
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT SOCK_SANITIZE)
    message(FATAL_ERROR "SOCK_BUILD_FUZZERS: needs clang, and SOCK_SANITIZE; see the preset fuzz")
  endif()
  target_compile_options(sock_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The program starts the faster the less of it there is: -O3 makes it half as large again, for no
# measurable gain, and what nothing uses is left out at the link (--gc-sections).
add_library(sock_small INTERFACE)
target_compile_options(sock_small INTERFACE
  $<$<CONFIG:Release>:-O2 -ffunction-sections -fdata-sections>)

# Tests are compiled more often than they are run; what they test is optimized.
add_library(sock_tests INTERFACE)
target_compile_options(sock_tests INTERFACE $<$<CONFIG:Release>:-O0>)

# What every target of ours is built with.
function(sock_house_rules target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE
    $<BUILD_INTERFACE:sock_warnings> $<BUILD_INTERFACE:sock_sanitizers>
    $<BUILD_INTERFACE:sock_small>)
endfunction()
