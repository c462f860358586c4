#!/bin/sh
# Installs what the tests need from the system (PostgreSQL, Chromium, a Chinese font) on Debian or Ubuntu as root.
# Elsewhere it does nothing: tests that need a missing server skip with a line in the summary.
set -eu
missing=""
[ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null || command -v initdb || true)" ] || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing:$missing" >&2
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "not installed (tests that need them will skip):$missing" >&2
fi
