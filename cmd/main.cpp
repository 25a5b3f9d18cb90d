#include <csignal>

#include "cmd/app.hpp"

int main(int argc, char** argv) {
  // A reader or peer that is gone is an error of the write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  return sock::cmd::run(argc, argv);
}
