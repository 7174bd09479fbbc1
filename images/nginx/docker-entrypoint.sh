#!/bin/sh
# Runs the scripts that an image or a volume put into /docker-entrypoint.d, in order, then the command itself.
set -e
for script in /docker-entrypoint.d/*.sh; do
    [ -f "$script" ] || continue
    echo "$0: running $script" >&2
    sh "$script"
done
exec "$@"
