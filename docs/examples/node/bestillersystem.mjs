// Eksempelregisteret: a small bestillersystem that is integrated with ePROM, on Node's own library alone.
// README.md tells how to start it, and which variables it reads.

import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { Callbacks, KINDS, refused } from "./callbacks.mjs";
import { Documents } from "./documents.mjs";
import { Eksempelregisteret } from "./eksempelregisteret.mjs";
import { Eprom, EpromUnreachable } from "./eprom.mjs";
import { breakOneThing } from "./faults.mjs";
import { Register } from "./register.mjs";
import { TestHook } from "./testhook.mjs";

const HOOK = "/test-hook";
// Room for a letter of 30 MB in base64. ePROM names no limit for what it sends: a form can have pictures in it.
const MOST_BYTES = 96 * 1024 * 1024;

// What keeps the numbers of an answer as they were written; an older Node lacks it, and would refuse every answer.
if (!JSON.rawJSON) stop(`Eksempelregisteret trenger Node 22 eller nyere; dette er ${process.version}.`);

const settings = settingsOf(process.env);
const register = new Register();
const eprom = new Eprom(settings);
const documents = new Documents({ eprom, register });
const callbacks = new Callbacks(settings);
const system = new Eksempelregisteret({ eprom, register });
const hook = new TestHook({ system, register, token: settings.hookToken, numbers: settings.style === "numbers" });
if (settings.fault) breakOneThing(settings.fault, { register, eprom, documents, callbacks, system });

const server = createServer(async (request, response) => {
  try {
    const path = new URL(request.url, "http://localhost").pathname.replace(/\/+$/, "");
    if (path === HOOK || path.startsWith(`${HOOK}/`)) await asked(path.slice(HOOK.length + 1), request, response);
    else await called(path, request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) send(response, refused(500));
  }
});

/** A call from ePROM. */
async function called(path, request, response) {
  const kind = Object.hasOwn(KINDS, path.toLowerCase()) ? KINDS[path.toLowerCase()] : undefined;
  if (!kind) return send(response, refused(404));
  if (request.method !== "PUT") return send(response, refused(405));
  const body = await read(request);
  if (body === undefined) return send(response, refused(413));
  const { status, answer, message } = callbacks.receive(kind, request.headers, body);
  if (!settings.slowMs) {
    // First registered, then answered: what is answered with success never comes again.
    if (message) await register[kind](message);
    return send(response, { status, answer });
  }
  await wait(settings.slowMs);
  send(response, { status, answer });
  await wait(settings.slowMs);
  if (message) await register[kind](message);
}

/** A call from the verification. */
async function asked(path, request, response) {
  const body = await read(request);
  if (!hook.mayAsk(request.headers)) return send(response, { status: 401, answer: { error: "Feil token" } });
  if (body === undefined) return send(response, { status: 413, answer: { error: "For stor" } });
  if (request.method === "GET") return send(response, hook.shown(path.split("/").map(decodeURIComponent)));
  if (request.method !== "POST") return send(response, { status: 405, answer: { error: "Bruk GET eller POST" } });
  let work;
  try {
    work = hook.work(path, body);
  } catch (error) {
    return send(response, { status: 400, answer: { error: error.message } });
  }
  if (!work) return send(response, { status: 501, answer: { error: "Det gjør ikke Eksempelregisteret" } });
  if (settings.slowMs) {
    send(response, { status: 202, answer: { queued: true } });
    await wait(settings.slowMs);
    return work();
  }
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EpromUnreachable)) throw error;
    // What ePROM made of it is for the verification to see for itself; the hook has done what it was asked.
    return send(response, { status: 200, answer: { done: false, error: error.message } });
  }
  return send(response, { status: 200, answer: { done: true } });
}

/** The text of a request, undefined when it is too long. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  return size <= MOST_BYTES ? new TextDecoder().decode(Buffer.concat(chunks)) : undefined;
}

function send(response, { status, answer }) {
  const body = Buffer.from(JSON.stringify(answer));
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Content-Length": body.length });
  response.end(body);
}

function settingsOf(env) {
  const wanted = (name, allowed) => {
    const value = env[name] ?? "";
    if (value && !allowed.includes(value)) stop(`${name} er «${value}», men må være en av ${allowed.join(", ")}.`);
    return value || undefined;
  };
  const number = (name) => {
    const value = Number(env[name] || 0);
    if (!Number.isInteger(value) || value < 0) stop(`${name} er «${env[name]}», men må være et tall.`);
    return value;
  };
  for (const name of ["PROMS_API_BASE_URL", "EPROM_API_KEY"]) if (!env[name]) stop(`Miljøvariabelen ${name} mangler.`);
  return {
    port: number("PORT"),
    baseUrl: env.PROMS_API_BASE_URL,
    apiKey: env.EPROM_API_KEY,
    hookToken: env.HOOK_TOKEN,
    style: wanted("STYLE", ["names", "numbers"]),
    memberCase: wanted("CASE", ["camel", "pascal"]),
    optional: wanted("OPTIONAL", ["all"]),
    slowMs: number("SLOW_MS"),
    fault: env.FAULT,
  };
}

function stop(reason) {
  console.error(reason);
  process.exit(2);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
// Longer than whoever calls keeps an idle connection: else a call may come just as this end hangs up.
server.keepAliveTimeout = 120_000;
server.on("error", (error) => stop(`Kan ikke lytte på port ${settings.port}: ${error.code}`));
server.listen(settings.port, "127.0.0.1", () => {
  console.log(`Eksempelregisteret lytter på http://127.0.0.1:${server.address().port}`);
});
