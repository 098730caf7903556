#!/usr/bin/env bash
# A network of a few hosts that exists only while this script runs.
#
#   lab.sh check     prints why this machine cannot have a lab, and fails; else prints nothing
#   lab.sh up N      makes N hosts (2 to 9), prints one line of JSON that says how to get at them, and keeps
#                    them until its standard input ends
#
# Host number I is a network namespace with lo and eth0: 10.99.0.I/24, fd99::I/64 and fe80::I/64. Two hosts are
# the ends of one veth pair; more hang on a bridge in a namespace of its own. A namespace lives as long as a
# process in it: nothing has a name in the system, nothing has to be deleted, and whatever ends this script,
# SIGKILL too, ends the hosts, for each is a `cat` on a pipe from here. The machine's own interfaces are never
# named. Needs root or unprivileged user namespaces, util-linux, iproute2, and nft for what the tests do then.
set -u
# Where ip and nft are, and who is not root may not look.
PATH=$PATH:/usr/sbin:/sbin

main() {
  case ${1:-} in
    check) check ;;
    up) exec $(fresh) -- bash "$0" hold "$2" "$(fresh)" ;;
    try) try ;;
    hold) hold "$2" "$3" ;;
    *) echo "usage: lab.sh check | up N" >&2; exit 2 ;;
  esac
}

# How to start a program in a network namespace of its own, which it may administer.
fresh() {
  if unshare --net true 2>/dev/null; then echo "unshare --net"
  else echo "unshare --user --map-root-user --net"
  fi
}

check() {
  [ "$(uname -s)" = Linux ] || refuse "network namespaces are Linux's"
  local tool
  for tool in unshare nsenter ip nft; do
    command -v "$tool" >/dev/null || refuse "no $tool"
  done
  $(fresh) true 2>/dev/null || refuse "neither root nor user namespaces"
  # shellcheck disable=SC2046 # words
  $(fresh) -- bash "$0" try || exit 1
}

# Runs in a namespace that goes when it ends.
try() {
  ip link add one type veth peer name two 2>/dev/null || refuse "no veth"
  ip link add three type bridge 2>/dev/null || refuse "no bridge"
  ip address add fd99::1/64 dev one nodad 2>/dev/null || refuse "no IPv6"
  nft -f - 2>/dev/null <<'NFT' || refuse "nft cannot drop at random"
add table inet lab
add chain inet lab in { type filter hook input priority 0; policy accept; }
add rule inet lab in meta l4proto udp numgen random mod 1000 lt 1 counter drop
NFT
}

refuse() {
  echo "$1"
  exit 1
}

hold() {
  local count=$1 enter="nsenter --net" own i pid pids=()
  case $2 in *--user*) enter="nsenter --user --net --preserve-credentials" ;; esac
  own=$(readlink /proc/$$/ns/net)
  for ((i = 1; i <= count; i++)); do
    exec {pipe}> >(exec unshare --net -- cat)
    pid=$!
    until [ "$(readlink "/proc/$pid/ns/net")" != "$own" ]; do
      kill -0 "$pid" || exit 1
      sleep 0.01
    done
    pids+=("$pid")
  done
  wire "${pids[@]}" || exit 1
  for ((i = 1; i <= count; i++)); do settle "${pids[i - 1]}" "$i" || exit 1; done
  local IFS=,
  printf '{"hosts":[%s],"enter":"%s"}\n' "${pids[*]}" "$enter"
  # A builtin, and not `cat`: a child could outlive this script.
  while read -r _; do :; done
}

# Joins the hosts of these processes.
wire() {
  if [ $# = 2 ]; then
    ip link add eth0 netns "$1" type veth peer name eth0 netns "$2"
    return
  fi
  # Without an address of its own the bridge would wait for routers before it passes groups on.
  ip link add bridge type bridge mcast_snooping 0 && ip link set bridge up || return
  local pid
  for pid in "$@"; do
    ip link add "to$pid" type veth peer name eth0 netns "$pid" &&
      ip link set "to$pid" master bridge up || return
  done
}

# Addresses of the host with this number. The link-local one by hand, for one of the kernel's own making is no
# use before it has looked for doubles, a second later.
settle() {
  nsenter --net --target "$1" -- ip -batch - <<IP
link set lo up
link set eth0 addrgenmode none
link set eth0 multicast on up
address add 10.99.0.$2/24 brd + dev eth0
address add fd99::$2/64 dev eth0 nodad
address add fe80::$2/64 dev eth0 nodad
route replace 224.0.0.0/4 dev eth0
IP
}

main "$@"
