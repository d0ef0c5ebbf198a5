# An environment as images of linuxserver.io have it, and worse: what a shell would run, names that no shell knows, a value
# of several lines, and names that are settings, but not in an image. (The newline comes from outside: a Dockerfile cannot
# say it.)
FROM localhost/goserver
ARG newline
ENV PS1="\$(whoami)@\$(hostname):\$(pwd)\\\$ "
ENV VIRTUAL_ENV=/lsiopy HOME=/data TERM=xterm-256color IFS=x ENV=/data/pwned.sh RANDOM=4 PWD=/nowhere
ENV some.name=dot other-name=dash 1st=digit
ENV lines="one${newline}two\$(touch /data/pwned)${newline}" backquotes='`touch /data/pwned`' quotes="'\"'"
ENV LXDOCKER_USER=4711:4712 LXDOCKER_ENTRYPOINT="/goserver pwned" LXDOCKER_WORKDIR=/data/pwned LXDOCKER_RESTART=always LXDOCKER_SUPERVISE=no
ENV LXDOCKER_ENVFILE=/etc/passwd LXDOCKER_HEALTH_CMD="touch /data/pwned" LXDOCKER_HEALTH_INTERVAL=1s UDHCPC_NO_DEFAULT_ROUTE=1 UDHCPC_NO_DNS=1
