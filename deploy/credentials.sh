#!/bin/sh
# Make an installation's secrets, each in a file of its own.
#
#   sh deploy/credentials.sh FOLDER [HOST:PORT]
#
# FOLDER is `credentials` beside docker-compose.yml, or /etc/answerable/credentials for systemd.
# HOST:PORT is where PostgreSQL answers: `database:5432` unless it is given, as compose names it.
# A folder that has files already stays as it is, since the database knows its passwords.
#
# The folder is for its owner alone. The files in it can be read by all: compose shows each one to
# the containers that need it, and their users are others.
set -eu
folder=${1:?the folder of the secrets is missing: sh deploy/credentials.sh FOLDER [HOST:PORT]}
place=${2:-database:5432}
if [ -n "$(ls -A "$folder" 2>/dev/null)" ]; then
  echo "$folder has files already: nothing is changed. Name another folder, or move them away." >&2
  exit 1
fi

random() { od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'; }
put() { printf '%s\n' "$2" >"$folder/$1"; }
url() { printf 'postgresql://%s:%s@%s/answerable' "$1" "$2" "$place"; }

umask 022
mkdir -p "$folder"
chmod 0700 "$folder"
owner=$(random)
put owner-password "$owner"
put owner-url "$(url answerable "$owner")"
put service-url "$(url answerable_service "$(random)")"
put sealer-url "$(url answerable_seals "$(random)")"
put secret-key "$(random)"
echo "The secrets are in $folder: keep a copy of them where the database's backups are not."
