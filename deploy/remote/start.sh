#!/bin/bash
# Registers with Tailscale, gets the certificate of the name it was given, and serves the allow-list.
#
# Fails closed: without registration, name or valid certificate nothing listens; once something ends
# or the certificate runs out, everything ends, and the container's restart tries again.
set -euo pipefail
umask 077

run=${REMOTE_RUN_DIR:-/run/remote}
state=${REMOTE_STATE_DIR:-/var/lib/tailscale}
key_file=${TS_AUTHKEY_FILE:-/run/secrets/tailscale_auth_key}
hostname=${TS_HOSTNAME:-chocolate-factory}
listen=${REMOTE_LISTEN:-127.0.0.1:443}
upstream=${REMOTE_UPSTREAM:-192.168.100.10:8000}
look_every_s=${REMOTE_LOOK_EVERY_S:-60}
renew_every_s=${REMOTE_RENEW_EVERY_S:-43200}
template=$(dirname "$0")/nginx.conf.template
socket=$run/tailscaled.sock
parts=()

say() { echo "remote: $*" >&2; }
fail() { say "$*"; exit 1; }
ts() { tailscale --socket="$socket" "$@"; }
fits() { [[ $2 =~ ^$3$ ]] || fail "$1 cannot be '$2'"; }

stop() {
    trap - EXIT TERM INT
    for part in "${parts[@]}"; do kill -TERM "$part" 2>/dev/null || true; done
    wait || true
}
trap stop EXIT
trap 'exit 0' TERM INT

fits TS_HOSTNAME "$hostname" '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
fits REMOTE_LISTEN "$listen" '(127\.0\.0\.1|\[::1\]):[0-9]{1,5}'
fits REMOTE_UPSTREAM "$upstream" '[A-Za-z0-9.-]+:[0-9]{1,5}'
mkdir -p "$run/tls" "$state"

register=()
if [ -s "$key_file" ]; then
    register=("--auth-key=file:$key_file")
elif [ ! -s "$state/tailscaled.state" ]; then
    fail "no auth key in $key_file, and this machine is not registered yet: make one in the Tailscale console"
fi

# In user space it needs no right and no device; what comes to the tailnet address goes to loopback.
tailscaled --tun=userspace-networking --statedir="$state" --socket="$socket" &
tailscaled=$!
parts+=("$tailscaled")
for _ in {1..150}; do
    [ -S "$socket" ] && break
    kill -0 "$tailscaled" 2>/dev/null || fail "tailscaled ended at once"
    sleep 0.1
done
[ -S "$socket" ] || fail "tailscaled does not answer"
ts up "${register[@]}" --hostname="$hostname" --accept-dns=false --accept-routes=false \
    --ssh=false --timeout=60s || fail "registration with Tailscale failed: is the auth key valid?"

name=$(ts status --json --peers=false |
    sed -n 's/^ *"DNSName": *"\([a-z0-9.-]*\)\.",\{0,1\}$/\1/p' | head -n 1)
fits "the name Tailscale gave" "$name" '[a-z0-9-]+(\.[a-z0-9-]+)+'

valid() { openssl x509 -noout -checkend 0 -in "$1" >/dev/null 2>&1; }

# Puts a certificate in place that is valid for another 14 days, if Tailscale can get one.
renew() {
    ts cert --min-validity=336h --cert-file="$run/tls/cert.new" --key-file="$run/tls/key.new" \
        "$name" || return 1
    valid "$run/tls/cert.new" &&
        mv "$run/tls/key.new" "$run/tls/key.pem" &&
        mv "$run/tls/cert.new" "$run/tls/cert.pem"
}
renew || fail "no valid certificate for $name: are HTTPS certificates enabled in the tailnet?"

sed -e "s|@RUN@|$run|g" -e "s|@LISTEN@|$listen|g" -e "s|@NAME@|$name|g" \
    -e "s|@UPSTREAM@|$upstream|g" "$template" >"$run/nginx.conf"
nginx -q -t -e stderr -c "$run/nginx.conf" || fail "nginx does not take the configuration"
nginx -e stderr -c "$run/nginx.conf" -g 'daemon off;' &
nginx=$!
parts+=("$nginx")
say "https://$name/dashboard"

renewed=$SECONDS
while true; do
    sleep "$look_every_s" &
    timer=$!
    parts=("$tailscaled" "$nginx" "$timer")
    ended=
    wait -n -p ended "${parts[@]}" || true
    case $ended in
    "$timer") ;;
    "$tailscaled") fail "tailscaled ended" ;;
    *) fail "nginx ended" ;;
    esac
    if ((SECONDS - renewed >= renew_every_s)); then
        renewed=$SECONDS
        if renew; then kill -HUP "$nginx"; else say "the certificate could not be renewed yet"; fi
    fi
    valid "$run/tls/cert.pem" || fail "the certificate has run out"
done
