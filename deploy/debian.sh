#!/bin/sh
# Make a Debian package in dist/: the service in an environment below /opt/answerable, the units for
# systemd, and what they need.
#
#   sh deploy/debian.sh [WHEEL]     PYTHON=python3.13 makes it; DEBIAN_PYTHON=3.13 runs it
#
# The locked packages are checked by their hashes here, and come as files: an installation fetches
# nothing. It fits one processor and the Python of one Debian.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
minor=${DEBIAN_PYTHON:-3.13}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
arch=$(dpkg --print-architecture)
case $arch in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; *) echo "debian: no wheels for $arch" >&2; exit 1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
say() { echo "debian: $*"; }
wheel=${1:-}
pip="$work/tools/bin/python -m pip --quiet --disable-pip-version-check --no-input"

"$python" -m venv "$work/tools"
if [ -z "$wheel" ]; then
  say "the wheel"
  $pip install --require-hashes -r requirements-build.lock
  $pip wheel --no-deps --no-build-isolation --wheel-dir "$work" .
  wheel=$(ls "$work"/*.whl)
fi

say "the locked packages for Python $minor on $arch"
root=$work/root
opt=$root/opt/answerable
packages=$opt/lib/python$minor/site-packages
install -d "$packages" "$opt/bin" "$opt/share" "$root/DEBIAN" "$root/usr/sbin" \
  "$root/usr/lib/systemd/system" "$root/usr/share/doc/answerable" "$root/etc/answerable"
$pip install --require-hashes -r requirements.lock --target "$packages" --no-compile \
  --only-binary :all: --implementation cp --python-version "$minor" \
  --platform "manylinux_2_28_$machine" --platform "manylinux_2_17_$machine" \
  --platform "manylinux2014_$machine"
$pip install --no-deps --no-index --target "$work/ours" --no-compile "$wheel"
cp -R "$work/ours/." "$packages"

# What `python -m venv` makes, with Debian's own Python.
for name in answerable gunicorn; do
  sed "1s|.*|#!/opt/answerable/bin/python|" "$packages/bin/$name" >"$opt/bin/$name"
  chmod 0755 "$opt/bin/$name"
done
rm -r "$packages/bin"
ln -s "/usr/bin/python$minor" "$opt/bin/python"
ln -s python "$opt/bin/python3"
printf 'home = /usr/bin\ninclude-system-site-packages = false\nversion = %s\n' "$minor" >"$opt/pyvenv.cfg"

cp -R deploy/systemd/. "$root/usr/lib/systemd/system"
cp -R deploy/prometheus deploy/credentials.sh deploy/archive-wal.sh "$opt/share"
sed 's/server web:8000;/server 127.0.0.1:8000;/; s/server stream:8000;/server 127.0.0.1:8001;/' \
  nginx.conf >"$opt/share/nginx.conf"
install -m 0755 deploy/keeper.sh "$root/usr/sbin/answerable-keeper"
cp LICENSE "$root/usr/share/doc/answerable/copyright"
cp CHANGELOG.md "$root/usr/share/doc/answerable/changelog"
gzip -9 -n "$root/usr/share/doc/answerable/changelog"
install -m 0644 deploy/debian/answerable.env "$root/etc/answerable/answerable.env"

echo /etc/answerable/answerable.env >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 0755 "deploy/debian/$script" "$root/DEBIAN/$script"; done
cat >"$root/DEBIAN/control" <<END
Package: answerable
Version: $version
Architecture: $arch
Maintainer: The Answerable project <answerable@example.org>
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: python3 (>= $minor), python3 (<< 3.$((${minor#*.} + 1))), passwd, libc6 (>= 2.28)
Recommends: postgresql (>= 17), nginx
Section: web
Priority: optional
Description: audit ledger for the recommendations that inspectorates make
 It records recommendations, the answers that public bodies owe, and what became
 of them, in a log that is signed and that anybody can check. This package has
 the web server, the followers of the log and the sealer as units for systemd.
END
find "$root" -type d -exec chmod 0755 {} +
find "$root/opt" "$root/usr" -type f ! -perm -u+x -exec chmod 0644 {} +

install -d dist
say "dist/answerable_${version}_$arch.deb"
dpkg-deb --root-owner-group -Zzstd --build "$root" "dist/answerable_${version}_$arch.deb" >/dev/null
