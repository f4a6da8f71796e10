#!/bin/sh
# What the tests use beside Python. As root on Debian or Ubuntu, what is missing is installed;
# else one sentence names all of it, and nothing is run: no test is skipped for want of a program.
set -eu

missing=
need() { # need PACKAGE PROGRAM...: the package that has one of these programs
  package=$1; shift
  for program; do
    if command -v "$program" >/dev/null || ls $program >/dev/null 2>&1; then return; fi
  done
  missing="$missing $package"
}

# Debian has the browser without its windows, which takes a third of the processor's time for a page;
# Ubuntu has the whole one alone. Whichever is there will do.
need chromium-headless-shell chromium-headless-shell chromium chromium-browser
need curl curl
need jq jq
need libfaketime '/usr/lib*/*/faketime/libfaketimeMT.so.1' '/usr/lib*/faketime/libfaketimeMT.so.1'
need nats-server nats-server /usr/sbin/nats-server
need nginx nginx /usr/sbin/nginx
need openssl openssl
need systemd systemd-analyze
need util-linux setpriv
need xxd xxd

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need$missing: install that first (sudo apt-get install$missing; on Ubuntu" \
    "chromium-browser for chromium-headless-shell), then make test again." >&2
  exit 1
fi
echo "test: installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
for package in $missing; do
  apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
    { [ "$package" = chromium-headless-shell ] && apt-get install -y -qq --no-install-recommends chromium-browser >/dev/null; }
done
