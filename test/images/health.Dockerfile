# A health check without a shell. It passes and fails as told by PUT /health.
FROM localhost/goserver
HEALTHCHECK --interval=1s --timeout=1s --start-period=1s --retries=2 CMD ["/goserver", "check"]
