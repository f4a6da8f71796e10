#!/bin/sh
# Run one command of `answerable` with every login, where the data are that it needs: as root.
#
#   answerable-keeper token create --name clerk --scope admin     (or key show, recover, erase, audit)
#
# It runs as the sealer's user, with the sealer's folder; `backup …` as the user of the backups.
set -eu
[ "$(id -u)" = 0 ] || { echo "Call this as root: it reads the secrets." >&2; exit 1; }
home=/etc/answerable
user=answerable-sealer
[ "${1:-}" != backup ] || user=answerable-backup
given=$(mktemp -d /run/answerable-keeper.XXXXXX)
trap 'rm -rf "$given"' EXIT
trap 'exit 130' INT TERM
cp "$home"/credentials/*-url "$home"/credentials/secret-key "$given"
chmod 0400 "$given"/*
install -d -m 0700 -o answerable-sealer -g answerable-sealer /var/lib/answerable-sealer
chown -R "$user:" "$given"
set -a
. "$home/answerable.env"
set +a
setpriv --reuid="$user" --regid="$user" --init-groups env \
  ANSWERABLE_DATABASE_URL_FILE="$given/service-url" \
  ANSWERABLE_SEALER_DATABASE_URL_FILE="$given/sealer-url" \
  ANSWERABLE_MIGRATE_DATABASE_URL_FILE="$given/owner-url" \
  ANSWERABLE_SECRET_KEY_FILE="$given/secret-key" \
  ANSWERABLE_DATA=/var/lib/answerable-sealer \
  /opt/answerable/bin/answerable "$@"
