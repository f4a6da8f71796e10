#!/bin/sh
# Run a command as a container of docker-compose.yml would: as another user, who has no rights, with
# every folder read-only but /tmp, /dev/shm and its volume. As root, in a mount namespace.
#
#   CODE=… DATA=… OWN_HOME=… container.sh UID VOLUME COMMAND...
#
# VOLUME is a folder, mounted where the image has its data (DATA). The files of the folder SECRETS, if
# it is named, are in /run/secrets. Python and the code (CODE) may lie
# in root's home (OWN_HOME), which nobody else enters: then they are shown there, and nothing else is.
set -eu
if [ "${INSIDE:-}" != yes ]; then
  INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi
unset INSIDE
user=$1 volume=$2
shift 2

mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p "$DATA" /var/lib/shown/1 /var/lib/shown/2
mount --bind "$volume" "$DATA"
if [ -n "${SECRETS:-}" ]; then
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/secrets
  mount --bind "$SECRETS" /run/secrets
fi

set_aside() { # set_aside NUMBER FOLDER, where it lies in root's home
  case $2 in "$OWN_HOME"/*) mount --bind "$2" "/var/lib/shown/$1" ;; esac
}
put_back() {
  case $2 in "$OWN_HOME"/*) mkdir -p "$2" && mount --move "/var/lib/shown/$1" "$2" ;; esac
}
python=$(readlink -f "$(command -v python)")
python=$(dirname "$(dirname "$python")")
set_aside 1 "$python"
set_aside 2 "$CODE"
mount -t tmpfs -o mode=755 tmpfs "$OWN_HOME"
put_back 1 "$python"
put_back 2 "$CODE"

mount --bind /tmp /tmp
mount -o remount,bind,ro /
cd "$DATA/.."
unset CODE DATA OWN_HOME SECRETS
# To have another user is to forget --pdeathsig, so it is said here again.
exec setpriv --pdeathsig TERM --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
  --inh-caps=-all --bounding-set=-all "$@"
