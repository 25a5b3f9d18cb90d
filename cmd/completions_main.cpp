// Writes the completion scripts into a folder: sock_completions FOLDER
#include <cstdio>
#include <fstream>
#include <string>

#include "cmd/app.hpp"
#include "cmd/completions.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: sock_completions FOLDER\n", stderr);
    return 2;
  }
  sock::cmd::OutputFlags output;
  sock::cmd::Options general;
  sock::cmd::add_general_options(general, output);
  const auto program = sock::cmd::describe_program(general);
  const std::string folder = std::string(argv[1]) + '/';
  std::ofstream(folder + "sock.bash") << bash_completion(program);
  std::ofstream(folder + "_sock") << zsh_completion(program);
  std::ofstream fish(folder + "sock.fish");
  fish << fish_completion(program);
  return fish.flush() ? 0 : 1;
}
