#!/usr/bin/env bash
# Makes what compose.yaml reads as secrets, in a folder that only its owner can enter. What is there already stays.
set -euo pipefail
cd -- "$(dirname -- "$0")"
mkdir -p -m 700 secrets workloads

# Containers read some of these files as users of their own: the folder, not the file, keeps others out.
give() { # NAME: from standard input
    [ -s "secrets/$1" ] || { cat >"secrets/$1"; chmod 444 "secrets/$1"; }
}

token() { # NAME ROLE: the token itself goes into a file of that name
    [ -s "secrets/$1" ] || ../../jobtree token --file secrets/tokens.yaml --name "$1" --role "$2" --owner '*' | give "$1"
}

token operator-token operator
token metrics-token viewer
token demo-token operator
[ -d secrets/silo-tls ] || ../../jobtree certs secrets/silo-tls >/dev/null
od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | give grafana-password
# Fill these in: the integration key of PagerDuty, the webhook of Slack.
touch secrets/page-key secrets/chat-url
chmod 644 secrets/page-key secrets/chat-url
echo "secrets/ is complete: Grafana's password is in grafana-password, the silos' in operator-token."
