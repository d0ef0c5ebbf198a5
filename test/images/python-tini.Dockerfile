# A program under tini, which waits for signals with all of them blocked.
FROM localhost/servers
WORKDIR /app
COPY server.py .
ENV PYTHONUNBUFFERED=1
EXPOSE 8080
ENTRYPOINT ["tini", "--"]
CMD ["python3", "server.py"]
