// @ts-check
// The commands of answerable-client.mjs, in Node:
//
//   node answerable-client-node.mjs history URL VKEY STATE   every entry after the last one
//   node answerable-client-node.mjs follow  URL VKEY STATE [--once]   and what comes, as it comes
//   node answerable-client-node.mjs receive PORT SECRET STATE   take what a subscription sends
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Distrust, Failed, Log, NoKey, verifyWebhook } from "./answerable-client.mjs";

/** A store in a file, which is written whole or not at all. */
class FileStore {
  /** @param {string} file */
  constructor(file) {
    this.file = file;
    /** @type {Record<string, string>} */
    this.kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  }

  /** @param {string} name */
  getItem(name) {
    return this.kept[name] ?? null;
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    this.kept[name] = value;
    writeFileSync(`${this.file}.new`, JSON.stringify(this.kept, null, 1));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** @param {import("./answerable-client.mjs").Event} event */
const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/**
 * Take what a subscription sends, each entry once and in order; 409 where one is missing.
 * @param {number} port @param {string} secret @param {FileStore} store
 */
function receive(port, secret, store) {
  createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    let status = 204;
    try {
      const event = await verifyWebhook(secret, request.headers, body);
      const [position, last] = [Number(event.sequence ?? 0), store.getItem("position")];
      if (position > Number(last ?? 0)) {
        if (last !== null && Number(event.previoussequence) > Number(last)) status = 409;
        else {
          print(event);
          store.setItem("position", String(position));
        }
      }
    } catch (error) {
      if (!(error instanceof Distrust)) throw error;
      process.stderr.write(`${error.message}\n`);
      status = 401;
    }
    response.writeHead(status).end();
  }).listen(port, "127.0.0.1");
}

const [command, at = "", key = "", state = "", flag] = process.argv.slice(2);
try {
  if (command === "receive") receive(Number(at), key, new FileStore(state));
  else if (command === "history" || command === "follow") {
    const log = new Log(at.replace(/\/$/, ""), [key], new FileStore(state));
    const events = command === "history" ? log.history() : log.follow({ once: flag === "--once" });
    for await (const event of events) {
      print(event);
      await log.done(Number(event.sequence));
    }
  } else {
    process.stderr.write("history URL VKEY STATE | follow URL VKEY STATE | receive PORT SECRET STATE\n");
    process.exitCode = 2;
  }
} catch (error) {
  const known = [Distrust, Failed, NoKey].some((one) => error instanceof one);
  if (!known || !(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof NoKey ? 2 : 1;
}
