#!/bin/bash
set -e
id reach >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin reach
printf '%s\n' sesame sesame | smbpasswd -s -a reach
nmbd -D
exec smbd --foreground --no-process-group --debug-stdout
