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
    connect:--interface) words=''; value=1 ;;
    connect:--option) words=''; value=1 ;;
    connect:--can-filter) words=''; value=1 ;;
    connect:--join) words=''; value=1 ;;
    connect:--source) words=''; value=1 ;;
    connect:--prefer) words='4 6'; value=1 ;;
    connect:--wait) words=''; value=1 ;;
    connect:--proxy) words='env'; value=1 ;;
    connect:--proxy-password-file) words=''; value=1 ;;
    connect:--proxy-protocol) words='v1 v2'; value=1 ;;
    connect:-w) words=''; value=1 ;;
    connect:--timeout) words=''; value=1 ;;
    connect:--idle-timeout) words=''; value=1 ;;
    connect:--linger) words=''; value=1 ;;
    connect:--deadline) words=''; value=1 ;;
    connect:--until) words='both in out any'; value=1 ;;
    connect:--line-delay) words=''; value=1 ;;
    connect:--limit-rate) words=''; value=1 ;;
    connect:--max-bytes) words=''; value=1 ;;
    connect:--replies) words=''; value=1 ;;
    connect:--recv-size) words=''; value=1 ;;
    connect:--framing) words='line chunk= length hex can bcm none'; value=1 ;;
    connect:--ca) words=''; value=1 ;;
    connect:--server-name) words=''; value=1 ;;
    connect:--pin) words=''; value=1 ;;
    connect:--cert) words=''; value=1 ;;
    connect:--key) words=''; value=1 ;;
    connect:--alpn) words=''; value=1 ;;
    connect:--tls-min) words='1.2 1.3'; value=1 ;;
    connect:--events) words=''; value=1 ;;
    connect:--dump) words='hex text'; value=1 ;;
    connect:--record) words=''; value=1 ;;
    connect:--probe-data) words='dns ntp text: hex:'; value=1 ;;
    connect:--jobs) words=''; value=1 ;;
    listen:-p) words=''; value=1 ;;
    listen:--port) words=''; value=1 ;;
    listen:--accept-timeout) words=''; value=1 ;;
    listen:--drain) words=''; value=1 ;;
    listen:--workers) words=''; value=1 ;;
    listen:--ready-fd) words=''; value=1 ;;
    listen:--ready-file) words=''; value=1 ;;
    listen:--mode) words=''; value=1 ;;
    listen:--backlog) words=''; value=1 ;;
    listen:--send) words=''; value=1 ;;
    listen:--to) words=''; value=1 ;;
    listen:--serve) words='socks5 http-connect'; value=1 ;;
    listen:--auth) words=''; value=1 ;;
    listen:--allow-to) words=''; value=1 ;;
    listen:--deny-to) words=''; value=1 ;;
    listen:--max-conns) words=''; value=1 ;;
    listen:--max-per-peer) words=''; value=1 ;;
    listen:--max-total) words=''; value=1 ;;
    listen:--allow) words=''; value=1 ;;
    listen:--deny) words=''; value=1 ;;
    listen:--access) words=''; value=1 ;;
    listen:--proxy-protocol) words='require accept='; value=1 ;;
    listen:--proxy) words='env'; value=1 ;;
    listen:--proxy-password-file) words=''; value=1 ;;
    listen:--type) words='stream dgram seqpacket raw rdm'; value=1 ;;
    listen:--protocol) words=''; value=1 ;;
    listen:--family) words=''; value=1 ;;
    listen:--interface) words=''; value=1 ;;
    listen:--option) words=''; value=1 ;;
    listen:--can-filter) words=''; value=1 ;;
    listen:--join) words=''; value=1 ;;
    listen:-w) words=''; value=1 ;;
    listen:--timeout) words=''; value=1 ;;
    listen:--idle-timeout) words=''; value=1 ;;
    listen:--linger) words=''; value=1 ;;
    listen:--deadline) words=''; value=1 ;;
    listen:--until) words='both in out any'; value=1 ;;
    listen:--line-delay) words=''; value=1 ;;
    listen:--limit-rate) words=''; value=1 ;;
    listen:--max-bytes) words=''; value=1 ;;
    listen:--replies) words=''; value=1 ;;
    listen:--recv-size) words=''; value=1 ;;
    listen:--framing) words='line chunk= length hex can bcm none'; value=1 ;;
    listen:--pin) words=''; value=1 ;;
    listen:--client-ca) words=''; value=1 ;;
    listen:--cert) words=''; value=1 ;;
    listen:--key) words=''; value=1 ;;
    listen:--alpn) words=''; value=1 ;;
    listen:--tls-min) words='1.2 1.3'; value=1 ;;
    listen:--to-ca) words=''; value=1 ;;
    listen:--to-server-name) words=''; value=1 ;;
    listen:--to-pin) words=''; value=1 ;;
    listen:--to-cert) words=''; value=1 ;;
    listen:--to-key) words=''; value=1 ;;
    listen:--to-alpn) words=''; value=1 ;;
    listen:--to-tls-min) words='1.2 1.3'; value=1 ;;
    listen:--events) words=''; value=1 ;;
    listen:--dump) words='hex text'; value=1 ;;
    listen:--record) words=''; value=1 ;;
    pair:--type) words='stream dgram seqpacket'; value=1 ;;
    pair:--family) words='unix inet inet6'; value=1 ;;
    pair:--fd) words=''; value=1 ;;
    pair:--buffer) words=''; value=1 ;;
    pair:--limit-rate) words=''; value=1 ;;
    pair:--grace) words=''; value=1 ;;
    pair:--deadline) words=''; value=1 ;;
    pair:--events) words=''; value=1 ;;
    pair:--dump) words='hex text'; value=1 ;;
    pair:--record) words=''; value=1 ;;
    pair:--tee) words=''; value=1 ;;
    pair:--exit) words='first last worst'; value=1 ;;
    resolve:--type) words=''; value=1 ;;
    resolve:--flags) words=''; value=1 ;;
    resolve:--count) words=''; value=1 ;;
    resolve:--interval) words=''; value=1 ;;
    resolve:-w) words=''; value=1 ;;
    resolve:--timeout) words=''; value=1 ;;
    resolve:--wait) words=''; value=1 ;;
    resolve:-j) words=''; value=1 ;;
    resolve:--jobs) words=''; value=1 ;;
    hostname:--set) words=''; value=1 ;;
    hostname:-w) words=''; value=1 ;;
    hostname:--timeout) words=''; value=1 ;;
  esac
  if [[ -z $value ]]; then
    case $command in
    '') words='connect listen pair resolve hostname -h --help --version -v --verbose -q --quiet' ;;
    connect) words='-4 -6 -u --udp --type --protocol --family --interface --option --nonblocking --can-filter --join --source --prefer --sequential --wait --reconnect --proxy --proxy-password-file --proxy-protocol --pass-fd -w --timeout --idle-timeout --linger --deadline --until -s --send-only -r --recv-only --no-shutdown -C --crlf --line-delay --limit-rate --max-bytes --replies --recv-size --framing --oob --tls --ca --server-name --pin --insecure --cert --key --alpn --tls-min --json --events --progress --dump --record --no-sandbox -z --probe --all --any --probe-data --jobs -h --help --version -v --verbose -q --quiet' ;;
    listen) words='-p --port -k --keep-open --accept-timeout --drain --workers --ready-fd --ready-file --activated --mode --backlog --reuse-port --dualstack --no-dualstack --echo --discard --send --to --broker --chat --serve --auth --allow-to --deny-to --max-conns --max-per-peer --max-total --allow --deny --access --proxy-protocol --proxy --proxy-password-file -4 -6 -u --udp --type --protocol --family --interface --option --nonblocking --can-filter --join -w --timeout --idle-timeout --linger --deadline --until -s --send-only -r --recv-only --no-shutdown -C --crlf --line-delay --limit-rate --max-bytes --replies --recv-size --framing --oob --tls --pin --client-ca --cert --key --self-signed --alpn --tls-min --to-tls --to-ca --to-server-name --to-pin --to-insecure --to-cert --to-key --to-alpn --to-tls-min --json --events --progress --dump --record --no-sandbox -h --help --version -v --verbose -q --quiet' ;;
    pair) words='--type --family --pipes --fd --buffer --limit-rate --grace --deadline --json --events --progress --dump --record --tee --exit -h --help --version -v --verbose -q --quiet' ;;
    resolve) words='-4 -6 --type --all --passive --canonical --flags -r --reverse --check --compare --hostbyname --fqdn --service --protocol-number -l --long --json --python --count --watch --interval -w --timeout --wait -j --jobs -h --help --version -v --verbose -q --quiet' ;;
    hostname) words='--fqdn --domain --short --addresses --json --set -w --timeout -h --help --version -v --verbose -q --quiet' ;;
    esac
    [[ -n $command && $word != -* ]] && words=''
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _sock sock
