#!/bin/bash
set -eu
umask 077
mkdir -p /config /etc/wireguard
if [ ! -f /config/wg0.conf ]; then
    server=$(wg genkey)
    peer=$(wg genkey)
    printf '%s\n' '[Interface]' "Address = $INTERNAL_SUBNET.1/24" 'ListenPort = 51820' "PrivateKey = $server" \
        '[Peer]' "PublicKey = $(wg pubkey <<<"$peer")" "AllowedIPs = $INTERNAL_SUBNET.2/32" >/config/wg0.conf
    printf '%s\n' '[Interface]' "Address = $INTERNAL_SUBNET.2/24" "PrivateKey = $peer" \
        '[Peer]' "PublicKey = $(wg pubkey <<<"$server")" "AllowedIPs = $INTERNAL_SUBNET.1/32" 'PersistentKeepalive = 2' >/config/peer.conf
fi
cp /config/wg0.conf /etc/wireguard/wg0.conf
end() {
    wg-quick down wg0
    exit 0
}
trap end TERM INT
wg-quick up wg0
while :; do
    sleep infinity &
    wait $!
done
