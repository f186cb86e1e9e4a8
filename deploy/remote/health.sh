#!/bin/bash
# Ends with 0 if nginx answers with a certificate that is valid and Tailscale is connected.
set -euo pipefail
run=${REMOTE_RUN_DIR:-/run/remote}
kill -0 "$(cat "$run/nginx.pid")"
openssl x509 -noout -checkend 0 -in "$run/tls/cert.pem" >/dev/null
tailscale --socket="$run/tailscaled.sock" status >/dev/null
