#!/usr/bin/env bash
# Reads and follows the log of an Answerable service, and verifies its webhooks, with curl, jq,
# openssl (3) and xxd. It checks that each checkpoint is signed by the log's key and extends the last
# one seen (RFC 9162, section 2.1.4.2), and that entries have no hole; not what they say, as the other
# clients do. It ends with 1, and a sentence, where that is not so.
#
#   answerable-client.sh history URL VKEY STATE_FOLDER    every entry after the last one, a line each
#   answerable-client.sh follow  URL VKEY STATE_FOLDER    and what comes, as it comes
#   answerable-client.sh webhook SECRET ID TIMESTAMP SIGNATURE < BODY    0 if the secret signed it
set -euo pipefail

distrust() { echo "$*" >&2; exit 1; }
hex() { xxd -p | tr -d '\n'; }
unhex() { xxd -r -p; }
get() { curl -sSf --retry 8 --retry-connrefused "$@"; } # also after 429 and 5xx, by Retry-After
node() { printf '01%s%s' "$1" "$2" | unhex | openssl dgst -sha256 -binary | hex; }

# The public key (PEM) of a verifier key, `name+hash+base64(0x01 || key)`.
public_key() {
  local raw; raw=$(printf %s "${1#*+*+}" | base64 -d 2> /dev/null | hex) || true
  [ "${raw:0:2}" = 01 ] && [ ${#raw} = 66 ] || return 1
  printf '302a300506032b6570032100%s' "${raw:2}" | unhex | openssl pkey -pubin -inform DER
}

# open_checkpoint FILE VKEY: says its size and root (hex), where the key signed it.
open_checkpoint() {
  local name=${2%%+*} number=${2#*+} text=$work/text line raw
  number=${number%%+*}
  sed '/^$/,$d' "$1" > "$text"
  while read -r _ signer encoded; do
    raw=$(printf %s "$encoded" | base64 -d | hex)
    [ "$signer" = "$name" ] && [ "${raw:0:8}" = "$number" ] || continue
    printf %s "${raw:8}" | unhex > "$work/signature"
    openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$text" \
      -sigfile "$work/signature" > /dev/null 2>&1 || distrust "The signature is wrong."
    [ "$(sed -n 1p "$text")" = "$name" ] || distrust "The checkpoint is of another log."
    line=$(sed -n 3p "$text" | base64 -d | hex)
    echo "$(sed -n 2p "$text") $line"
    return
  done < <(sed '1,/^$/d' "$1")
  distrust "The checkpoint is not signed by the key that was given."
}

# extends OLD_SIZE OLD_ROOT NEW_SIZE NEW_ROOT HASH...: whether the one begins with the other.
extends() {
  local old=$1 old_root=$2 new=$3 new_root=$4 node last was now one; shift 4
  [ "$old" != "$new" ] || { [ "$old_root" = "$new_root" ]; return; }
  [ $# -gt 0 ] || return 1
  (( old & (old - 1) )) || set -- "$old_root" "$@"
  (( node = old - 1, last = new - 1 )) || true
  while (( node & 1 )); do (( node >>= 1, last >>= 1 )) || true; done
  was=$1 now=$1; shift
  for one; do
    (( last )) || return 1
    if (( node & 1 || node == last )); then
      was=$(node "$one" "$was") now=$(node "$one" "$now")
      while (( node && !(node & 1) )); do (( node >>= 1, last >>= 1 )) || true; done
    else
      now=$(node "$now" "$one")
    fi
    (( node >>= 1, last >>= 1 )) || true
  done
  (( last == 0 )) && [ "$was" = "$old_root" ] && [ "$now" = "$new_root" ]
}

# Fetch the newest checkpoint, check it against the last one, and keep it: sets `size`.
look() {
  local root old_size old_root hash proof=()
  get "$url/log/checkpoint" > "$work/checkpoint" || distrust "No checkpoint can be had."
  read -r size root < <(open_checkpoint "$work/checkpoint" "$vkey") || exit 1
  if [ -f "$state/checkpoint" ]; then
    read -r old_size old_root < <(open_checkpoint "$state/checkpoint" "$vkey") || exit 1
    (( size >= old_size )) || distrust "The log went back: from $old_size entries to $size."
    if (( size > old_size && old_size > 0 )); then
      while read -r hash; do proof+=("$(printf %s "$hash" | base64 -d | hex)"); done < <(
        get "$url/log/consistency?from=$old_size&to=$size" | jq -r '.proof[]')
    fi
    (( old_size == 0 )) || extends "$old_size" "$old_root" "$size" "$root" "${proof[@]}" ||
      distrust "The log forked: with $size entries it does not begin with the $old_size seen before."
  fi
  cp "$work/checkpoint" "$state/checkpoint.new" && mv "$state/checkpoint.new" "$state/checkpoint"
}

# What jq makes of an entry: its position, and its JSON in the same line.
line='"\(.sequence | tonumber) \(tojson)"'

# Hand over an entry, which is its position and its JSON, once a checkpoint covers it.
take() {
  local position=$1
  (( position == after + 1 )) || distrust "After $after came $position: there is a hole."
  (( position <= size )) || look
  (( position <= size )) || distrust "$position was sent, and $size entries are sealed."
  printf '%s\n' "$2"
  after=$position
  echo "$after" > "$state/position.new" && mv "$state/position.new" "$state/position"
}

history() {
  local page before
  while (( after < size )); do
    before=$after
    page=$(get "$url/api/entries?after=$after&limit=500")
    while read -r at event; do take "$at" "$event"; done < <(jq -r ".items[] | $line" <<< "$page")
    (( after > before )) || distrust "No entry after $after can be read."
  done
}

follow() {
  while true; do
    while read -r at event; do take "$at" "$event"; done < <(
      curl -sSN --speed-limit 1 --speed-time 60 -H "Last-Event-ID: $after" \
        "$url/api/entries/stream" | sed -un 's/^data: \({"specversion"\)/\1/p' |
        jq --unbuffered -r "$line")
    sleep 2
    look
  done
}

webhook() {
  local key made now; now=$(date +%s)
  [[ $3 =~ ^[0-9]+$ ]] && (( now - $3 < 300 && $3 - now < 300 )) || distrust "Signed too long ago."
  key=$(printf %s "${1#whsec_}" | base64 -d | hex)
  made=$({ printf '%s.%s.' "$2" "$3"; cat; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w 0)
  for one in $4; do [ "$one" != "v1,$made" ] || return 0; done
  distrust "The webhook is not signed by this secret."
}

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
case ${1-} in
  history | follow)
    [ $# = 4 ] || distrust "$1 URL VKEY STATE_FOLDER"
    url=${2%/} vkey=$3 state=$4; mkdir -p "$state"
    public_key "$vkey" > "$work/key.pem" || {
      echo "“$vkey” is no key of a log: \`answerable key show\` prints it." >&2; exit 2; }
    after=$(cat "$state/position" 2> /dev/null || echo 0)
    look; "$1" ;;
  webhook)
    [ $# = 5 ] || distrust "webhook SECRET ID TIMESTAMP SIGNATURE < BODY"
    shift; webhook "$@" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
