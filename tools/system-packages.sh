#!/bin/sh
# Installs what pip cannot: the library and the font that draw PDF pages, and for the tests a browser, a PDF reader,
# PostgreSQL, wrong clocks, what counts syncs of the disk, axe-core and the web client of ODK. Installs it where it may;
# else prints the one command to run. Nothing happens when all is there.
set -u
purpose=${1:-run}
packages=""

need() { # need COMMAND-THAT-SUCCEEDS-WHEN-PRESENT PACKAGE…
  test_command=$1
  shift
  sh -c "$test_command" >/dev/null 2>&1 || packages="$packages $*"
}

case "$purpose" in
  venv)
    need "${PYTHON:-python3} -c 'import ensurepip, venv'" python3-venv
    ;;
  run | test)
    need "ldconfig -p | grep -q libpangoft2-1.0.so.0" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    need "fc-list | grep -qiE 'liberation ?serif|times new roman'" fonts-liberation fontconfig
    ;;
esac
if [ "$purpose" = test ]; then
  need "command -v chromium || command -v chromium-browser || command -v google-chrome" chromium
  need "command -v pdftoppm" poppler-utils
  need "command -v npm" npm
  need "ls /usr/lib/*/faketime/libfaketime.so.1" libfaketime
  need "command -v strace" strace
  need "command -v postgres || ls /usr/lib/postgresql/*/bin/postgres" postgresql
fi

if [ -n "$packages" ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing:$packages"
    export DEBIAN_FRONTEND=noninteractive
    case "$packages" in
      *postgresql*) # the tests start servers of their own; none is to run beside them
        mkdir -p /etc/postgresql-common
        [ -f /etc/postgresql-common/createcluster.conf ] ||
          echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
        ;;
    esac
    apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $packages >/dev/null || {
      echo "Could not install:$packages" >&2
      [ "$purpose" = run ] || exit 1
    }
  elif [ "$purpose" = run ]; then
    echo "PDF needs a library and a font that are not here. Without them papers print from the browser. To install:"
    echo "  sudo apt-get install$packages"
  else
    echo "The tests need more than is here. Please run:" >&2
    echo "  sudo apt-get install$packages" >&2
    exit 1
  fi
fi

if [ "$purpose" = test ] && ! { [ -f node_modules/axe-core/axe.min.js ] && [ -f node_modules/vue/package.json ] &&
  [ -f node_modules/@getodk/web-forms/dist/index.js ]; }; then
  # All in one call: npm takes away what it was not asked for.
  npm install --silent --no-audit --no-fund --no-save axe-core vue@3 @getodk/web-forms@0.22 >/dev/null || exit 1
fi
