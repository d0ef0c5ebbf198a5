# shellcheck shell=bash
# Two registries over plain http on loopback, at ports that the kernel chooses: run/registry.addr and
# run/registry-auth.addr (user "testbed", password "sesame"). Sourced by testbed.

registry() {
    serve_registry registry ""
    # The registry accepts bcrypt only; the salt need not be secret here.
    # shellcheck disable=SC2016  # the dollars are perl's and bcrypt's
    perl -e 'print "testbed:", crypt("sesame", q($2b$05$lxdockerlxdockerlxdocu)), "\n"' >"$TESTBED/run/htpasswd"
    serve_registry registry-auth "auth: {htpasswd: {realm: testbed, path: $TESTBED/run/htpasswd}}"
}

# serve_registry NAME AUTH
serve_registry() {
    local name=$1
    if running "$name"; then return; fi
    cat >"$TESTBED/run/$name.yml" <<EOT
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $TESTBED/$name}, delete: {enabled: true}}
http: {addr: "127.0.0.1:0"}
$2
EOT
    start "$name" docker-registry serve "$TESTBED/run/$name.yml"
    await 20 "$name" grep -q 'listening on 127' "$TESTBED/log/$name.log"
    sed -n 's/.*listening on \(127[0-9.:]*\).*/\1/p' "$TESTBED/log/$name.log" >"$TESTBED/run/$name.addr"
}
