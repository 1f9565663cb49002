#!/bin/sh
# Takes `server ...` (or `minio server ...`) like the official entrypoint. This line of MinIO serves its browser on the S3 port
# and knows no --console-address: the flag is taken out, and the console's port is passed on, bytes unchanged, to the S3 port.
# It also wants a parity of at least 2, and would ignore all storage classes for one that is lower.
set -eu
[ "${MINIO_STORAGE_CLASS_RRS:-}" != EC:1 ] || export MINIO_STORAGE_CLASS_RRS=EC:2

case "${1:-}" in minio | silo) shift ;; esac

address=:9000 console='' left=$#
while [ "$left" -gt 0 ]; do
  arg=$1
  shift
  left=$((left - 1))
  case "$arg" in
    --console-address=*) console=${arg#*=} ;;
    --console-address)
      console=$1
      shift
      left=$((left - 1))
      ;;
    --address) address=$1 && set -- "$@" "$arg" ;;
    --address=*) address=${arg#*=} && set -- "$@" "$arg" ;;
    *) set -- "$@" "$arg" ;;
  esac
done

[ -z "$console" ] || socat "TCP-LISTEN:${console##*:},fork,reuseaddr" "TCP:127.0.0.1:${address##*:}" &
exec silo "$@"
