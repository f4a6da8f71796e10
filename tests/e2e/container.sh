#!/bin/sh
# Run a command as a container of docker-compose.yml would: as another user, who has no rights, with
# every folder read-only but /tmp, /dev/shm and its volume. As root, in a mount namespace.
#
#   container.sh UID VOLUME COMMAND...     (VOLUME: a folder, mounted where the image has its data)
set -eu
if [ "${INSIDE:-}" != yes ]; then
  INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi
unset INSIDE
user=$1 volume=$2
shift 2

# Python may be installed in root's home, which nobody else enters: its place is opened, not the home.
python=$(readlink -f "$(command -v python)")
place=$(dirname "$(dirname "$python")")
below_home() { case $1 in "${OWN_HOME:-/root}"/*) true ;; *) false ;; esac; }
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir /tmp/volume && mount --bind "$volume" /tmp/volume
if below_home "$place"; then
  mkdir /tmp/python && mount --bind "$place" /tmp/python
  mount -t tmpfs -o mode=755 tmpfs "${OWN_HOME:-/root}"
  mkdir -p "$place" && mount --move /tmp/python "$place"
fi
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p "$DATA"
mount --move /tmp/volume "$DATA"
rmdir /tmp/volume /tmp/python 2>/dev/null || true
mount -o remount,bind,ro /
cd "$DATA/.."
unset DATA OWN_HOME
exec setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
  --inh-caps=-all --bounding-set=-all "$@"
