// The commands of answerable-client.ts, in Node:
//
//   node answerable-client-node.js history URL VKEY STATE   every entry after the last one
//   node answerable-client-node.js follow  URL VKEY STATE [--once]   and what comes, as it comes
//   node answerable-client-node.js receive PORT SECRET STATE   take what a subscription sends
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Distrust, Log, verifyWebhook, type Event, type Store } from "./answerable-client.js";

/** A store in a file, which is written whole or not at all. */
class FileStore implements Store {
  private readonly kept: Record<string, string>;

  constructor(private readonly file: string) {
    this.kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  }

  getItem(name: string): string | null {
    return this.kept[name] ?? null;
  }

  setItem(name: string, value: string): void {
    this.kept[name] = value;
    writeFileSync(`${this.file}.new`, JSON.stringify(this.kept, null, 1));
    renameSync(`${this.file}.new`, this.file);
  }
}

const print = (event: Event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/** Take what a subscription sends, each entry once and in order; 409 where one is missing. */
function receive(port: number, secret: string, store: Store): void {
  createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    let status = 204;
    try {
      const event = await verifyWebhook(secret, request.headers as Record<string, string>, body);
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
  if (!(error instanceof Distrust)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
