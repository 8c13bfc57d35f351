"""Compresses wheels and npm tarballs again with Zopfli, whose deflate streams are 3 % smaller than
those of zlib. Contents, names, times and permissions stay as they are, so the hashes in the
`RECORD` of a wheel stay true."""

import gzip
import os
import sys
import zipfile

import zopfli

# 15 iterations, the default, take twice as long and save 1 KB of 3.1 MB.
ITERATIONS = 3


def recompress_wheel(path: str, smaller: str) -> None:
    with zipfile.ZipFile(path) as before, zopfli.ZipFile(smaller, "w", iterations=ITERATIONS) as after:
        for file in before.infolist():
            file.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(file, before.read(file.filename))
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(smaller) as after:
        for one, other in zip(before.infolist(), after.infolist(), strict=True):
            assert (one.filename, one.date_time, one.external_attr) == (
                other.filename,
                other.date_time,
                other.external_attr,
            )
            assert before.read(one) == after.read(other), one.filename


def recompress_tarball(path: str, smaller: str) -> None:
    with gzip.open(path) as before:
        content = before.read()
    compressor = zopfli.ZopfliCompressor(zopfli.ZOPFLI_FORMAT_GZIP, iterations=ITERATIONS)
    with open(smaller, "wb") as after:
        after.write(compressor.compress(content) + compressor.flush())
    with gzip.open(smaller) as after:
        assert after.read() == content, path


for path in sys.argv[1:]:
    smaller = f"{path}.smaller"
    recompress = recompress_wheel if path.endswith(".whl") else recompress_tarball
    recompress(path, smaller)
    assert os.path.getsize(smaller) < os.path.getsize(path), path
    os.replace(smaller, path)
