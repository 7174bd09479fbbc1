#!/bin/sh
# The first argument is a command of the image, or else the first of curl's own arguments.
case "${1:-}" in
-*) exec curl "$@" ;;
esac
if command -v "${1:-curl}" >/dev/null 2>&1; then
    exec "${@:-curl}"
fi
exec curl "$@"
