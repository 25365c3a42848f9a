#!/usr/bin/env bash
# kcat against a broker: kcat.sh HOST:PORT KCAT. One line per check, as `cargo conform` reads it.
set -u
bootstrap=$1
kcat=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
topic="kcat-$$-$RANDOM"

check() {
  local name=$1
  shift
  if "$@" > "$work/out" 2> "$work/err"; then
    printf 'CHECK\t%s\tpassed\t\n' "$name"
  else
    printf 'CHECK\t%s\tfailed\t%s\n' "$name" "$(tail -n 3 "$work/err" | tr '\n\t' '  ')"
  fi
}

lists_metadata() {
  timeout 20 "$kcat" -b "$bootstrap" -L > "$work/list" && grep -q '1 brokers' "$work/list" && grep -q 'broker 1 at' "$work/list"
}

round_trip() {
  local codec=$1 name="$topic-$1"
  seq 1 5000 | sed 's/^/key\t/' > "$work/sent"
  timeout 30 "$kcat" -b "$bootstrap" -P -t "$name" -K '\t' -z "$codec" < "$work/sent" || return 1
  timeout 30 "$kcat" -b "$bootstrap" -C -t "$name" -p 0 -o beginning -e -q -f '%k\t%s\n' > "$work/read" || return 1
  cmp "$work/sent" "$work/read" >&2
}

headers_and_timestamps() {
  local name="$topic-headers"
  echo value | timeout 20 "$kcat" -b "$bootstrap" -P -t "$name" -H first=1 -H second=2 || return 1
  timeout 20 "$kcat" -b "$bootstrap" -C -t "$name" -p 0 -o beginning -e -q -f '%h %o %s\n' > "$work/read" || return 1
  [ "$(cat "$work/read")" = 'first=1,second=2 0 value' ] || { cat "$work/read" >&2; return 1; }
}

offsets_from_the_end() {
  timeout 20 "$kcat" -b "$bootstrap" -C -t "$topic-none" -p 0 -o -10 -e -q -f '%o\n' > "$work/read" || return 1
  [ "$(head -n 1 "$work/read")" = 4990 ] && [ "$(wc -l < "$work/read")" = 10 ]
}

queries_offsets() {
  timeout 20 "$kcat" -b "$bootstrap" -Q -t "$topic-none:0:-1" > "$work/read" || return 1
  grep -q '5000' "$work/read" || { cat "$work/read" >&2; return 1; }
}

describes_as_json() {
  timeout 20 "$kcat" -b "$bootstrap" -L -J -t "$topic-none" > "$work/read" || return 1
  grep -q "\"topic\":\"$topic-none\"" "$work/read"
}

check 'lists metadata' lists_metadata
for codec in none gzip snappy lz4 zstd; do
  check "5,000 records through files with $codec" round_trip "$codec"
done
check 'headers' headers_and_timestamps
check 'the last ten records' offsets_from_the_end
check 'asks for the end offset' queries_offsets
check 'metadata of one topic as JSON' describes_as_json
echo DONE
