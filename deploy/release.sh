#!/bin/sh
# Make the files of a release in dist/: the wheel, what it is built from, a bill of materials with
# licences (CycloneDX), and their checksums.
#
#   sh deploy/release.sh [KEY]     PYTHON=python3.13 for another interpreter
#
# KEY is an SSH key, by which the checksums are signed. Whoever has its public key checks them:
#   ssh-keygen -Y verify -f allowed_signers -I release -n file -s SHA256SUMS.sig < SHA256SUMS
# Advisories about the locked packages are asked for where their database can be reached; one that
# concerns them ends this with 1.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
say() { echo "release: $*"; }

say "an environment with the locked packages"
"$python" -m venv "$work/ours" --without-pip
"$python" -m venv "$work/tools"
pip="$work/tools/bin/python -m pip --quiet --disable-pip-version-check --no-input"
$pip install --require-hashes -r requirements-build.lock
$pip install build cyclonedx-bom pip-audit
$pip --python "$work/ours/bin/python" install --require-hashes -r requirements.lock

say "the wheel and its sources"
rm -rf dist
"$work/tools/bin/python" -m build --no-isolation --outdir dist . >/dev/null
$pip --python "$work/ours/bin/python" install --no-deps dist/*.whl

say "the bill of materials"
"$work/tools/bin/cyclonedx-py" environment --pyproject pyproject.toml --gather-license-texts \
  --output-reproducible --output-file dist/answerable.cdx.json "$work/ours/bin/python"

say "advisories"
"$work/tools/bin/pip-audit" --strict --disable-pip --require-hashes -r requirements.lock \
  >"$work/said" 2>&1 || {
  if grep -qiE "connection|resolve|timed out|could not be audited" "$work/said"; then
    say "NOT ASKED: the database of advisories can't be reached from here"
  else
    cat "$work/said" >&2
    exit 1
  fi
}

cd dist
sha256sum ./* >SHA256SUMS
[ -z "${1:-}" ] || ssh-keygen -q -Y sign -f "$1" -n file SHA256SUMS
say "dist has $(ls | xargs)"
