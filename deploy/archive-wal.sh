#!/bin/sh
# Archive a segment of PostgreSQL's write-ahead log, packed: its archive_command (docs/run.md).
#
#   sh archive-wal.sh FOLDER PATH NAME
#
# It ends with 0 once the segment is on the disk. Another server's segment of the same name is never
# overwritten.
set -eu
folder=$1 path=$2 target=$1/$3.gz
if [ -e "$target" ]; then
  gzip -dc "$target" | cmp -s - "$path" && exit 0
  echo "$target is there and is not $path: give each server a folder of its own" >&2
  exit 1
fi
umask 027
gzip -1 -n -c "$path" >"$target.part"
sync "$target.part"
mv "$target.part" "$target"
sync "$folder"
