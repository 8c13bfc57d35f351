#!/bin/sh
# Runs all tests in an image of Alpine, which has musl instead of glibc.
set -eu
apk add --no-cache bash build-base chromium cmake git linux-headers perl py3-pip python3 python3-dev rustup
rustup-init -y --profile minimal --component clippy --component rustfmt
. "$HOME/.cargo/env"
git config --global --add safe.directory "$PWD"
# Libraries for Python and Node cannot contain the C library that the process already has.
export RUSTFLAGS="-C target-feature=-crt-static"
cargo xtask test
