#!/bin/sh
# Installs the packages of `dist/` without a network and without a compiler, and sends a request to
# the sandbox. It runs in an image, or on a system that CI has, with Python, Node or both.
set -eu
repository=$(cd "$(dirname "$0")/../../.." && pwd)
folder=$(mktemp -d)
cd "$folder"
for compiler in cargo rustc cc; do
  # The images have none. The machines of CI do, but the wheel and the addon need none.
  command -v "$compiler" >/dev/null 2>&1 && echo "note: $compiler is installed"
done
tested=
for python in python3 python; do
  command -v "$python" >/dev/null 2>&1 && "$python" -c 'import venv, ensurepip' 2>/dev/null || continue
  "$python" -m venv environment
  [ -d environment/bin ] && programs=environment/bin || programs=environment/Scripts
  "$programs/python" -m pip install --quiet --no-index --only-binary :all: --find-links "$repository/dist/python" callfluent
  "$programs/python" "$repository/tests/packages/python/program.py"
  tested="$tested python"
  break
done
if command -v npm >/dev/null 2>&1; then
  echo '{ "private": true, "type": "module" }' > package.json
  platform=$(node -e "
    const { glibcVersionRuntime } = process.report.getReport().header;
    const abi = { linux: glibcVersionRuntime ? '-gnu' : '-musl', win32: '-msvc' }[process.platform] ?? '';
    console.log(process.platform + '-' + process.arch + abi)")
  # The platform packages are not published yet: npm installs the one that is named.
  npm install --silent --offline --omit=optional --no-audit --no-fund \
    "$repository"/dist/npm/callfluent-[0-9]*.tgz "$repository"/dist/npm/callfluent-native-"$platform"-*.tgz
  cp "$repository/tests/packages/installs/app.mjs" .
  node app.mjs
  tested="$tested node"
fi
[ -n "$tested" ] || { echo "error: neither Python with venv nor npm was found" >&2; exit 1; }
echo "tested:$tested"
