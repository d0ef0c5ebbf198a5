#!/bin/sh
echo "docker-entrypoint: the configuration is complete" >&2
