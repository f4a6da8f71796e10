#!/bin/sh
# Installs, each by its own package manager, tools that check our log and that we did not write:
#   npm   @sigstore/verify    its Merkle functions (Node 18 or newer), and
#         standardwebhooks    the library of Standard Webhooks, and
#         @asyncapi/specs     the JSON Schema of AsyncAPI, and
#         @redocly/cli        a linter of OpenAPI; openapi-typescript and openapi-fetch, which make
#                             clients of it, as orval does; typescript
#   pip   aics-tlog           a verifier of tlog-tiles, and
#         aics-witness        a witness (Python 3.12 or newer)
#         openapi-python-client, openapi-spec-validator, openapi-generator-cli (needs Java)
#   apt   litetlog            spicy-litetlog, a verifier
# LibreOffice, which opens our sheets, is used where it is: it is too large to come by itself.
# A tool that cannot be had is named, and the tests that need it say that they were skipped.
set -u
to=${1:?the folder to install into}
mkdir -p "$to"

if command -v npm >/dev/null; then
  [ -d "$to/npm/node_modules/@sigstore/verify" ] ||
    npm install --silent --no-audit --no-fund --prefix "$to/npm" @sigstore/verify@4.1.3 >/dev/null ||
    echo "foreign: npm could not install @sigstore/verify"
  [ -d "$to/npm/node_modules/standardwebhooks" ] ||
    npm install --silent --no-audit --no-fund --prefix "$to/npm" standardwebhooks@1.1.1 >/dev/null ||
    echo "foreign: npm could not install standardwebhooks"
  [ -d "$to/npm/node_modules/@asyncapi/specs" ] ||
    npm install --silent --no-audit --no-fund --prefix "$to/npm" @asyncapi/specs@6.11.1 >/dev/null ||
    echo "foreign: npm could not install @asyncapi/specs"
  [ -x "$to/npm/node_modules/.bin/redocly" ] ||
    npm install --silent --no-audit --no-fund --prefix "$to/npm" @redocly/cli@2 \
      openapi-typescript@7 openapi-fetch@0.17 typescript@5 @types/node@20 >/dev/null ||
    echo "foreign: npm could not install @redocly/cli, openapi-typescript, typescript"
  [ -x "$to/npm/node_modules/.bin/orval" ] ||
    npm install --silent --no-audit --no-fund --prefix "$to/npm" orval@7 >/dev/null ||
    echo "foreign: npm could not install orval"
else
  echo "foreign: no npm, so no @sigstore/verify, standardwebhooks, @asyncapi/specs, redocly, tsc"
fi

for python in /usr/bin/python3.14 /usr/bin/python3.13 /usr/bin/python3.12 \
              python3.14 python3.13 python3.12 python3; do
  "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break
  python=
done
if [ -n "$python" ]; then
  [ -x "$to/aics/bin/aics-witness" ] || {
    "$python" -m venv --clear "$to/aics" &&
      "$to/aics/bin/python" -m pip install --quiet --disable-pip-version-check \
        aics-tlog==0.2.1 aics-witness==0.1.0
  } || echo "foreign: pip could not install aics-tlog and aics-witness"
else
  echo "foreign: no Python 3.12 or newer, so no aics-tlog and aics-witness"
fi

[ -x "$to/openapi/bin/openapi-python-client" ] || {
  python3 -m venv --clear "$to/openapi" &&
    "$to/openapi/bin/python" -m pip install --quiet --disable-pip-version-check \
      openapi-python-client==0.29.1 openapi-spec-validator==0.9.0
} || echo "foreign: pip could not install openapi-python-client and openapi-spec-validator"

[ -x "$to/generator/bin/openapi-generator-cli" ] || {
  python3 -m venv --clear "$to/generator" &&
    "$to/generator/bin/python" -m pip install --quiet --disable-pip-version-check \
      openapi-generator-cli==7.26.0 python-dateutil pydantic urllib3 typing-extensions
} || echo "foreign: pip could not install openapi-generator-cli"
command -v java >/dev/null || echo "foreign: no Java, which openapi-generator-cli runs by"

if ! command -v spicy-litetlog >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends litetlog \
      >/dev/null; } || echo "foreign: apt could not install litetlog"
  else
    echo "foreign: install litetlog (apt-get install litetlog, Debian 13 or newer)"
  fi
fi
command -v soffice >/dev/null ||
  echo "foreign: no LibreOffice, which opens our sheets (apt-get install libreoffice-calc)"
exit 0
