#!/bin/sh
# Publishes npm packages of `dist/npm`: `platforms` or `main`. Packages that are published already
# are skipped, so that a release can be resumed.
set -eu
case "$1" in
  platforms) tarballs=$(ls dist/npm/callfluent-native-*.tgz) ;;
  main) tarballs=$(ls dist/npm/callfluent-[0-9]*.tgz) ;;
esac
for tarball in $tarballs; do
  manifest=$(tar -xzOf "$tarball" package/package.json)
  package=$(printf %s "$manifest" | node -p 'const { name, version } = JSON.parse(fs.readFileSync(0)); `${name}@${version}`')
  if npm view "$package" version >/dev/null 2>&1; then
    echo "$package is published already"
  else
    npm publish "$tarball" --access public --provenance
  fi
done
