include("${CMAKE_CURRENT_LIST_DIR}/sock-targets.cmake")
