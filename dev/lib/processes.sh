#!/usr/bin/env bash
# Processes in the background that are noted in a file, so that another call can find and end them. For dev/cluster and
# dev/node, which source it and set:
#   dir   the folder of their logs and of the file pids, with a line "NAME PID BIRTH" for each
# shellcheck disable=SC2154 # set by the caller

# When a process started: with its pid, this tells it from a later one that was given the same pid.
birth_of() {
  if [ -d /proc/self ]; then
    { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; } 2>/dev/null
  else
    ps -o lstart= -p "$1" | tr -s ' ' _
  fi
}

# alive PID BIRTH: that very process runs (a zombie does not).
alive() {
  [ -n "$2" ] && [ "$(birth_of "$1" || :)" = "$2" ] || return 1
  ! { [ -r "/proc/$1/stat" ] && grep -q ') Z ' "/proc/$1/stat" 2>/dev/null; }
}

# launch NAME COMMAND...: in the background, in a process group of its own, so that neither Ctrl-C nor a closing terminal
# stops it. It does not inherit our pipes, otherwise readers of our output would wait for it to end.
launch() {
  local name=$1
  shift
  printf '%s\0' "$@" >"$dir/$name.command" # for relaunch
  set -m
  nohup "$@" >"$dir/$name.log" 2>&1 </dev/null &
  set +m
  echo "$name $! $(birth_of $!)" >>"$dir/pids"
  disown # or bash reports its end
}

# running [NAME]: the lines of $dir/pids whose process lives.
running() {
  local name pid birth
  [ -f "$dir/pids" ] || return 0
  while read -r name pid birth; do
    if { [ -z "${1:-}" ] || [ "$1" = "$name" ]; } && alive "$pid" "$birth"; then
      echo "$name $pid $birth"
    fi
  done <"$dir/pids"
}

# No data is kept, so SIGKILL is safe.
kill_all() {
  local pid
  running | while read -r _ pid _; do
    [ "$pid" = $$ ] || kill -KILL "$pid" 2>/dev/null || :
  done
}

# kill_until_gone: fails if one of them survives for five seconds.
kill_until_gone() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    kill_all
    [ -n "$(running | awk -v me=$$ '$2 != me')" ] || return 0
    sleep 0.05
  done
  return 1
}

# await NAME SECONDS TEST...: until TEST succeeds; fails once NAME has died.
await() {
  local name=$1 end=$((SECONDS + $2))
  shift 2
  until "$@"; do
    if [ -z "$(running "$name")" ] || ((SECONDS > end)); then
      say "$name did not come up; last lines of its log:"
      tail -n 5 "$dir/$name.log" >&2
      return 1
    fi
    sleep 0.1
  done
}
