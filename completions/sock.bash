# bash completion for sock
# Generated from the parser of sock; a test compares it.
_sock() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local command='' words='' value='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --) return ;;
      -*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command:$before in
    connect:--type) words='stream dgram seqpacket raw rdm'; value=1 ;;
    connect:--protocol) words=''; value=1 ;;
    connect:--family) words=''; value=1 ;;
    connect:--option) words=''; value=1 ;;
    connect:--source) words=''; value=1 ;;
    connect:-w) words=''; value=1 ;;
    connect:--timeout) words=''; value=1 ;;
    connect:--idle-timeout) words=''; value=1 ;;
    connect:--linger) words=''; value=1 ;;
    connect:--deadline) words=''; value=1 ;;
    connect:--until) words='both in out any'; value=1 ;;
    connect:--ca) words=''; value=1 ;;
    connect:--server-name) words=''; value=1 ;;
    connect:--pin) words=''; value=1 ;;
    connect:--cert) words=''; value=1 ;;
    connect:--key) words=''; value=1 ;;
    connect:--alpn) words=''; value=1 ;;
    connect:--tls-min) words='1.2 1.3'; value=1 ;;
    listen:-p) words=''; value=1 ;;
    listen:--port) words=''; value=1 ;;
    listen:--accept-timeout) words=''; value=1 ;;
    listen:--backlog) words=''; value=1 ;;
    listen:--type) words='stream dgram seqpacket raw rdm'; value=1 ;;
    listen:--protocol) words=''; value=1 ;;
    listen:--family) words=''; value=1 ;;
    listen:--option) words=''; value=1 ;;
    listen:-w) words=''; value=1 ;;
    listen:--timeout) words=''; value=1 ;;
    listen:--idle-timeout) words=''; value=1 ;;
    listen:--linger) words=''; value=1 ;;
    listen:--deadline) words=''; value=1 ;;
    listen:--until) words='both in out any'; value=1 ;;
    listen:--pin) words=''; value=1 ;;
    listen:--client-ca) words=''; value=1 ;;
    listen:--cert) words=''; value=1 ;;
    listen:--key) words=''; value=1 ;;
    listen:--alpn) words=''; value=1 ;;
    listen:--tls-min) words='1.2 1.3'; value=1 ;;
    pair:--type) words='stream dgram seqpacket'; value=1 ;;
    pair:--deadline) words=''; value=1 ;;
    resolve:-w) words=''; value=1 ;;
    resolve:--timeout) words=''; value=1 ;;
  esac
  if [[ -z $value ]]; then
    case $command in
    '') words='connect listen pair resolve hostname -h --help --version -v --verbose -q --quiet' ;;
    connect) words='-4 -6 -u --udp --type --protocol --family --option --source -w --timeout --idle-timeout --linger --deadline --until -s --send-only -r --recv-only --no-shutdown --tls --ca --server-name --pin --insecure --cert --key --alpn --tls-min -h --help --version -v --verbose -q --quiet' ;;
    listen) words='-p --port -k --keep-open --accept-timeout --backlog --reuse-port --dualstack -4 -6 -u --udp --type --protocol --family --option -w --timeout --idle-timeout --linger --deadline --until -s --send-only -r --recv-only --no-shutdown --tls --pin --client-ca --cert --key --self-signed --alpn --tls-min -h --help --version -v --verbose -q --quiet' ;;
    pair) words='--type --deadline -h --help --version -v --verbose -q --quiet' ;;
    resolve) words='-4 -6 --hostbyname -r --reverse -l --long --json -w --timeout -h --help --version -v --verbose -q --quiet' ;;
    hostname) words='--fqdn --short --addresses --json -h --help --version -v --verbose -q --quiet' ;;
    esac
    [[ -n $command && $word != -* ]] && words=''
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _sock sock
