#!/usr/bin/env bash
# Builds programs with Go into a cache, and finds them there. For dev/cluster, dev/node and dev/gitops-apply, which
# source it and set:
#   cache         the folder of all builds
#   sources       the files that decide what is built; the first one is a go.mod, with the newest go line
#   programs      the names of the programs
#   what          what they are, for messages
#   compile NAME FILE   a function that runs go build in the foreground
# shellcheck disable=SC2154 # set by the caller

sources_hash() {
  local sum=(sha256sum)
  command -v sha256sum >/dev/null || sum=(shasum -a 256)
  cat "${sources[@]}" | "${sum[@]}" | cut -c1-12
}

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# The Go that would build, e.g. go1.26.8; fails where there is none. Asks outside the module, or an older Go would
# download its successor just to answer.
go_version() {
  command -v go >/dev/null || return 1
  local needed installed
  needed=$(awk '$1 == "go" { print "go" $2; exit }' "${sources[0]}")
  installed=$(cd / && GOTOOLCHAIN=local go env GOVERSION) || return 1
  if at_least "$needed" "$installed"; then
    echo "$installed"
  elif at_least go1.21 "$installed" && [ "$(cd / && go env GOTOOLCHAIN)" = auto ]; then
    echo "$needed" # which Go fetches by itself
  else
    return 1
  fi
}

# cached VERSION: the folder with the binaries that this Go built of our sources; '*' takes any Go's.
cached() {
  local folder
  for folder in "$cache/$(sources_hash)"-$1; do
    [ -d "$folder" ] && echo "$folder" && return
  done
  return 1
}

where() { cached "$(go_version || echo '*')"; }

# build: prints the folder, or says in one sentence why there is none, and exits with 3.
build() {
  where && return
  local go reason
  if go=$(go_version); then
    build_with "$go" && return
    reason="the build failed"
  else
    reason="there is no Go $(awk '$1 == "go" { print $2 }' "${sources[0]}") or newer on the PATH"
  fi
  if cached '*'; then
    say "$reason; taking the binaries that are cached"
    return
  fi
  unavailable "no $what here: $reason and $cache holds no binaries for ${sources[0]#"$repo"/}."
}

build_with() (
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  if command -v flock >/dev/null; then # without it, two builds merely do the work twice
    until flock -w 15 9; do say "waiting for another build in $cache"; done
    rm -rf "$cache"/.building.* # of a build that was killed
  fi
  cached "$1" && return # that other build was ours

  local folder pid="" program number=0
  folder=$(mktemp -d "$cache/.building.XXXXXX") || return
  trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || :; rm -rf "$folder"' EXIT
  trap 'exit 130' INT TERM HUP
  say "building the $what with $1; the first time takes minutes"
  for program in "${programs[@]}"; do
    number=$((number + 1))
    compile_visibly "$program" "$folder" "$number of ${#programs[@]}" || return
  done
  rm "$folder/go.log"
  chmod 755 "$folder"
  mv "$folder" "$cache/$(sources_hash)-$1"
  cached "$1"
)

# compile_visibly PROGRAM FOLDER WHICH; leaves the compiler's process in $pid, for the caller's trap.
compile_visibly() {
  local started=$SECONDS spoke=$SECONDS
  compile "$1" "$2/$1" >"$2/go.log" 2>&1 9>&- &
  pid=$!
  say "$1 ($3) ..."
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    if ((SECONDS - spoke >= 15)); then
      spoke=$SECONDS
      say "$1 ($3) ... $((SECONDS - started)) s"
    fi
  done
  if wait "$pid"; then
    pid=""
    say "$1 ($3) built in $((SECONDS - started)) s"
  else
    pid=""
    say "$1 ($3) failed:"
    tail -n 5 "$2/go.log" >&2
    return 1
  fi
}
