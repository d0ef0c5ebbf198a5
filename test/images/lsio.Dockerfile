# An environment as images of linuxserver.io have it, and worse: what a shell would run, names that no shell knows, and a
# value of several lines. (The newline comes from outside: a Dockerfile cannot say it.)
FROM localhost/goserver
ARG newline
ENV PS1="\$(whoami)@\$(hostname):\$(pwd)\\\$ "
ENV VIRTUAL_ENV=/lsiopy HOME=/data TERM=xterm-256color IFS=x ENV=/data/pwned.sh RANDOM=4 PWD=/nowhere
ENV some.name=dot other-name=dash 1st=digit
ENV lines="one${newline}two\$(touch /data/pwned)${newline}" backquotes='`touch /data/pwned`' quotes="'\"'"
