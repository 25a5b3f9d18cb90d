#include "support/certificates.hpp"

#include <stdexcept>

#include "support/process.hpp"

namespace support {

namespace {

void run_openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  Program program;
  program.argv = std::move(arguments);
  const Outcome outcome = run(program);
  if (outcome.code != 0) throw std::runtime_error("openssl: " + outcome.err);
}

const std::vector<std::string> new_key{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                       "-nodes"};

}  // namespace

void Authority::openssl(std::vector<std::string> arguments) const {
  run_openssl(std::move(arguments));
}

Authority::Authority() : own_{(dir_ / "ca.pem").string(), (dir_ / "ca.key").string()} {
  std::vector<std::string> arguments{"req", "-x509"};
  arguments.insert(arguments.end(), new_key.begin(), new_key.end());
  for (const char* word : {"-subj", "/CN=a root", "-days", "30", "-keyout", own_.key.c_str(),
                           "-out", own_.file.c_str()})
    arguments.emplace_back(word);
  openssl(arguments);
  write_configuration();
}

Authority::Authority(Authority& above)
    : own_(above.issue("an intermediate", {.names = "", .usage = "", .authority = true})) {
  write_configuration();
}

void Authority::write_configuration() {
  write_file(dir_ / "index", "");
  write_file(dir_ / "config", "[ca]\ndefault_ca=all\n[all]\ndatabase=" + (dir_ / "index").string() +
                                  "\nnew_certs_dir=" + dir_.path().string() +
                                  "\ncertificate=" + own_.file + "\nprivate_key=" + own_.key +
                                  "\nrand_serial=yes\nunique_subject=no\ndefault_md=sha256\n"
                                  "default_days=30\ndefault_crl_days=30\npolicy=any\n"
                                  "[any]\ncommonName=supplied\n");
}

Certificate Authority::request(const std::string& name) const {
  static int number = 0;
  const std::string base = (dir_ / std::to_string(++number)).string();
  std::vector<std::string> arguments{"req", "-new"};
  arguments.insert(arguments.end(), new_key.begin(), new_key.end());
  for (const std::string& word : {std::string("-subj"), "/CN=" + name, std::string("-keyout"),
                                  base + ".key", std::string("-out"), base + ".csr"})
    arguments.push_back(word);
  openssl(arguments);
  return {base + ".pem", base + ".key"};
}

Certificate Authority::issue(const std::string& name, const CertificateWish& wish) {
  const Certificate made = request(name);
  const std::string base = made.file.substr(0, made.file.size() - 4);
  std::string extensions =
      wish.authority ? "basicConstraints=critical,CA:TRUE\n" : "basicConstraints=CA:FALSE\n";
  if (!wish.names.empty()) extensions += "subjectAltName=" + wish.names + "\n";
  if (!wish.usage.empty()) extensions += "extendedKeyUsage=" + wish.usage + "\n";
  write_file(base + ".ext", extensions);
  std::vector<std::string> arguments{
      "ca",          "-batch", "-notext", "-config",  (dir_ / "config"), "-in",
      base + ".csr", "-out",   made.file, "-extfile", base + ".ext"};
  if (!wish.from.empty()) arguments.insert(arguments.end(), {"-startdate", wish.from});
  if (!wish.to.empty()) arguments.insert(arguments.end(), {"-enddate", wish.to});
  openssl(arguments);
  return made;
}

std::string Authority::revoke(const Certificate& certificate) {
  const std::string config = (dir_ / "config").string(), list = (dir_ / "crl").string();
  openssl({"ca", "-config", config, "-revoke", certificate.file});
  openssl({"ca", "-config", config, "-gencrl", "-out", list});
  return chain(dir_, {own_.file, list});
}

std::string chain(const TempDir& dir, const std::vector<std::string>& files) {
  static int number = 0;
  std::string all;
  for (const std::string& file : files) all += read_file(file);
  const auto path = dir / ("chain" + std::to_string(++number));
  write_file(path, all);
  return path.string();
}

}  // namespace support
