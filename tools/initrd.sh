#!/bin/sh
# initrd.sh OUT.tar EXTRA ARCHIVE...: makes the initrd from the folder initrd/, the kernel's export
# file, the extensions' archives and the files of the folder EXTRA ("" for none), which win.
#
# The same files give the same bytes: names sorted, no owners, no dates, no umask. OUT.tar is written
# only when its bytes change, so that what is made of it is not made again.
set -eu

out=$1
extra=$2
shift 2
stage=${out%.tar}

if [ -n "$extra" ] && ! [ -d "$extra" ]; then
    echo "EXTRA=$extra is not a folder" >&2
    exit 1
fi

if [ -n "$extra" ] && [ -e "$stage" ] && [ "$extra" -ef "$stage" ]; then
    echo "EXTRA=$extra is where the initrd is put together, which is cleared: choose another folder" >&2
    exit 1
fi

rm -rf "$stage"
mkdir -p "$stage/usr/lib/ext"
cp -R initrd/. "$stage/"
cp kernel/kernex.exp "$stage/usr/lib/kernex.imp"
[ $# -eq 0 ] || cp "$@" "$stage/usr/lib/ext/"
[ -z "$extra" ] || cp -RL "$extra/." "$stage/"

find "$stage" -mindepth 1 -maxdepth 1 -printf '%P\0' | LC_ALL=C sort -z |
    tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX --null --directory "$stage" --files-from=- --create --file "$out.new"

if cmp -s "$out.new" "$out"; then
    rm "$out.new"
else
    mv "$out.new" "$out"
    printf '  %-8s %s\n' INITRD "$out"
fi
