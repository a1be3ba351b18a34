#!/bin/sh
# Makes .venv from requirements.lock: nothing outside this folder is touched, a second call does nothing.
# `./setup.sh test` also sees to the browser that the tests drive, and to what runs their Elasticsearch node.
set -eu
cd "$(dirname "$0")"

needed='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))'
lock_digest=$(cat requirements.lock pyproject.toml .python-version setup.sh | cksum | tr ' ' '-')
stamp=.venv/set-up-from-$lock_digest

say() { printf 'setup: %s\n' "$*" >&2; }

give_up() {
  rm -rf .venv
  say "Python 3.12 or newer with its venv module is missing; install it and run this again" \
    "(Debian, Ubuntu: apt install python3-venv; macOS: brew install python@3.13; or pyenv install 3.13)"
  exit 1
}

# The lines of the lock for the named packages, hashes included.
locked() {
  awk -v names=" $* " '/^[^ #]/ { split($0, part, "=="); on = index(names, " " part[1] " ") } on' requirements.lock
}

find_python() {
  for candidate in python3.13 python3.12 python3; do
    if "$candidate" -c "$needed" >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# An older Python is enough to run uv, which brings a newer one into .venv.
fetch_python() {
  rm -rf .venv
  for candidate in python3 /usr/bin/python3; do
    "$candidate" -m venv .venv/uv && break
  done
  locked uv >.venv/uv/requirements.txt
  .venv/uv/bin/python -m pip install -q --require-hashes -r .venv/uv/requirements.txt || return 1
  UV_PYTHON_INSTALL_DIR=$PWD/.venv/python .venv/uv/bin/uv python install -q --no-bin "$(cat .python-version)" || return 1
  set -- .venv/python/cpython-*/bin/python3
  "$1" -c "$needed" && "$1" -m venv .venv
}

install() {
  if ! .venv/bin/python -c "$needed" >/dev/null 2>&1; then
    if python=$(find_python); then
      "$python" -m venv --clear .venv
    else
      say "no Python 3.12 or newer here; asking uv for one"
      fetch_python </dev/null >/dev/null 2>&1 || give_up
    fi
  fi
  say "installing what requirements.lock names into .venv"
  rm -f .venv/set-up-from-*
  locked uv setuptools >.venv/first.txt
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/first.txt </dev/null
  .venv/bin/uv pip sync -q --require-hashes --no-build-isolation --compile-bytecode requirements.lock
  .venv/bin/uv pip install -q --no-deps --no-build-isolation --editable .
  touch "$stamp"
}

find_chromium() {
  [ -n "${JARGONWATCH_CHROMIUM:-}" ] && return 0
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

# Installs Debian's packages where that is possible without asking anybody.
debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  say "installing Debian's $* for the tests"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"; } \
    </dev/null >/dev/null 2>&1
}

see_to_browser() {
  find_chromium || debian chromium ||
    say "no Chromium found, the tests of rendered pages are skipped; install it or set JARGONWATCH_CHROMIUM"
}

see_to_elasticsearch() {
  [ -n "${ELASTICSEARCH_URL:-}" ] && return 0
  { command -v javac && command -v mvn; } >/dev/null 2>&1 || debian default-jdk-headless maven ||
    say "no Java 17 with Maven found, the tests on Elasticsearch are skipped; install them or set ELASTICSEARCH_URL"
}

[ -e "$stamp" ] || install
if [ "${1:-}" = test ]; then
  see_to_browser
  see_to_elasticsearch
fi
