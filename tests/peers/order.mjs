// A bestillersystem in another language and style: Node's own fetch and http, nothing of the project's.
// Takes {base, key, orders} on standard input; writes a JSON object with what was answered and what was called back.
import { createServer } from "node:http";

const read = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};

const called = [];
const waiting = new Map();
const settle = (id) => waiting.get(id)?.();

const server = createServer(async (request, response) => {
  const message = JSON.parse(await read(request));
  called.push({ method: request.method, path: request.url, type: request.headers["content-type"], message });
  response.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify({ success: true }));
  settle(message.formOrderId);
});

const order = async (base, key, body) => {
  const response = await fetch(`${base}/api/v2/formorder`, {
    method: "POST",
    headers: { "Content-Type": "application/json;charset=utf-8", Authorization: `Basic ${key}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: response.ok ? JSON.parse(text) : text };
};

const status = (id) =>
  new Promise((resolve, reject) => {
    if (called.some((call) => call.message.formOrderId === id)) return resolve();
    const late = setTimeout(() => reject(new Error(`no status for ${id}`)), 10_000);
    waiting.set(id, () => (clearTimeout(late), resolve()));
  });

const { base, key, port, orders } = JSON.parse(await read(process.stdin));
await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
const answered = [];
for (const body of orders) {
  const answer = await order(base, key, body);
  answered.push(answer);
  if (answer.status === 200 && !/^[0-]+$/.test(answer.body.id)) await status(answer.body.id);
}
server.close();
server.closeAllConnections();
process.stdout.write(JSON.stringify({ answered, called }));
