const http = require("node:http");

const server = http.createServer((request, response) => {
  const { uid, gid } = { uid: process.getuid(), gid: process.getgid() };
  response.end(JSON.stringify({ uid, gid, home: process.env.HOME, cwd: process.cwd(), argv: process.argv.slice(1) }) + "\n");
});

server.listen(8080, () => console.log("node: listening"));
process.on("SIGTERM", () => {
  console.log("node: stopping");
  server.close(() => console.log("node: closed cleanly"));
  server.closeIdleConnections();
});
