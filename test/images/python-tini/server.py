"""A web server that takes its time to end, and leaves children to whoever adopts them."""
import http.server
import os
import signal
import subprocess
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # The shell ends at once; what it started has no parent then, and ends a little later.
        subprocess.run(["sh", "-c", "sleep 0.2 &"], check=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"python {os.getpid()} {os.getppid()}\n".encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("", 8080), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("python: listening")
server.serve_forever()
print("python: closed cleanly")
