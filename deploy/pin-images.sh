#!/bin/sh
# Name the images of docker-compose.yml and Dockerfile by digest, so that each start and build has the
# same ones; a tag can be moved to another image.
#
#   sh deploy/pin-images.sh           asks the registry for the digest of each tag, and writes it down
#   sh deploy/pin-images.sh --check   says which images are named by tag alone, and ends with 1 if any
#
# Asking needs Docker with buildx, and the network. To take newer images, remove the digests first.
set -eu
cd "$(dirname "$0")/.."
by_tag() { # each file and image that has no digest; our own images are built here
  sed -n 's/^ *image: *\([^ ]*\)$/docker-compose.yml \1/p' docker-compose.yml
  sed -n 's/^FROM \([^ ]*:[^ ]*\).*/Dockerfile \1/p' Dockerfile
}
by_tag | grep -v -e '@sha256:' -e ' answerable' | sort -u >"${TMPDIR:-/tmp}/by-tag.$$" || true
trap 'rm -f "${TMPDIR:-/tmp}/by-tag.$$"' EXIT
found=0
while read -r file image; do
  if [ "${1:-}" = --check ]; then
    echo "$file names $image by its tag"
    found=1
    continue
  fi
  # `print`, since buildx answers `{{.Manifest…` by a table, whatever follows
  digest=$(docker buildx imagetools inspect --format '{{print .Manifest.Digest}}' \
    "$image" </dev/null)
  case $digest in sha256:????????????????????????????????????????????????????????????????) ;;
    *) echo "the registry gave no digest of $image: '$digest'" >&2; exit 1 ;; esac
  sed -i "s#\(image: *\|FROM \)$image\( \|\$\)#\1$image@$digest\2#" "$file"
  echo "$file has $image@$digest"
done <"${TMPDIR:-/tmp}/by-tag.$$"
exit $found
