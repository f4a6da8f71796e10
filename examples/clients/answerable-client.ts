// Reads and follows the log of an Answerable service, and verifies its webhooks: in browsers and in
// Node (20 or newer), without any package. Copy this file into your project.
//
// It trusts the service as far as it can check it. The log's key is yours to give. The last
// checkpoint that was seen is kept in a store (`localStorage`, a file) with the position that you
// have come to; each later one has to be signed, and to extend it (RFC 9162, section 2.1.4.2). A log
// that went back, forked or has a hole is refused (`Distrust`), before an entry of it is handed over.

/** A CloudEvent of the log. Generate types of `data` from /openapi.json (openapi-typescript). */
export interface Event {
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  dataschema: string;
  sequence: string;
  data: { id: string; position: number; type: string; data: unknown };
}

/** What a webhook brings beside an event. */
export interface Delivery extends Event {
  previoussequence: string;
  previousid?: string;
}

/** What is kept between two runs: `localStorage` is one. */
export interface Store {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

/** The log is not the one that was seen before, or what came was not signed: stop, keep the store as
 * evidence, and ask whoever runs the log. */
export class Distrust extends Error {}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
}

type Bytes = Uint8Array<ArrayBuffer>;
const PAGE = 500;
const AGAIN = 2000;
const SILENT = 60_000; // a stream has a sign of life every 15 seconds
const TOLERANCE = 5 * 60;

const bytes = (text: string): Bytes => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;
const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((one, n) => one === b[n]);
const wait = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/** The checkpoint in a signed note (c2sp.org/signed-note). Distrust where no key signed it. */
export async function openCheckpoint(note: string, vkeys: string[]): Promise<Checkpoint> {
  const [text = "", signatures = ""] = note.split("\n\n", 2);
  for (const vkey of vkeys) {
    const [name = "", number = "", encoded = ""] = vkey.trim().split(/\+(.*?)\+(.*)/s);
    const key = bytes(encoded);
    const id = (await sha256(utf8(`${name}\n`), key)).slice(0, 4);
    const hex = Array.from(id, (one) => one.toString(16).padStart(2, "0")).join("");
    if (key[0] !== 1 || key.length !== 33 || hex !== number)
      throw new Error(`${vkey} is no verifier key of a log.`);
    for (const line of signatures.split("\n")) {
      const [dash, signer, signature] = line.split(" ");
      if (dash !== "—" || signer !== name || !signature) continue;
      const raw = bytes(signature);
      if (!same(raw.slice(0, 4), id)) continue;
      const known = await crypto.subtle.importKey("raw", key.slice(1), "Ed25519", false, ["verify"]);
      if (!(await crypto.subtle.verify("Ed25519", known, raw.slice(4), utf8(`${text}\n`))))
        throw new Distrust("The signature under the checkpoint is wrong.");
      const [origin = "", size = "", root = ""] = text.split("\n");
      if (origin !== name) throw new Distrust(`The checkpoint is of ${origin}, not of ${name}.`);
      return { origin, size: Number(size), root: bytes(root) };
    }
  }
  throw new Distrust("The checkpoint is not signed by a key that was given.");
}

/** Whether the log at `now` begins with the log at `old` (RFC 9162, section 2.1.4.2). */
export async function extend(
  old: Checkpoint,
  now: Checkpoint,
  proof: Uint8Array[],
): Promise<boolean> {
  if (old.size === now.size) return same(old.root, now.root);
  if (!(0 < old.size && old.size < now.size) || proof.length === 0) return false;
  const node = (left: Uint8Array, right: Uint8Array) => sha256(Uint8Array.of(1), left, right);
  // Sizes may be past 2**31, where the operators of bits end: so by division.
  const half = (n: number) => Math.floor(n / 2);
  const odd = (n: number) => n % 2 === 1;
  const powerOfTwo = Number.isInteger(Math.log2(old.size));
  const [first, ...rest] = powerOfTwo ? [old.root, ...proof] : proof;
  let [at, last] = [old.size - 1, now.size - 1];
  while (odd(at)) [at, last] = [half(at), half(last)];
  let [was, is] = [first!, first!];
  for (const one of rest) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      [was, is] = [await node(one, was), await node(one, is)];
      while (!odd(at) && at > 0) [at, last] = [half(at), half(last)];
    } else {
      is = await node(is, one);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(was, old.root) && same(is, now.root);
}

/** A log, from the position that was come to. */
export class Log {
  private checkpoint?: Checkpoint;

  /** `vkeys`: the log's keys, from elsewhere than the service; `filters`: as `/api/entries` takes
   * them, such as `{ body: "cumbria-pfcc" }`. */
  constructor(
    private readonly url: string,
    private readonly vkeys: string[],
    private readonly store: Store,
    private readonly filters: Record<string, string> = {},
  ) {}

  /** The position of the last entry that was done with. */
  get position(): number {
    return Number(this.store.getItem("position") ?? 0);
  }

  /** Say that all up to a position is done with: the next run goes on after it. */
  done(position: number): void {
    this.store.setItem("position", String(position));
  }

  /** Fetch the newest checkpoint, check it against the last one, and keep it. */
  async look(): Promise<Checkpoint> {
    const note = await this.text("/log/checkpoint");
    const now = await openCheckpoint(note, this.vkeys);
    const kept = this.store.getItem("checkpoint");
    const old = kept === null ? undefined : await openCheckpoint(kept, this.vkeys);
    if (old !== undefined && old.size > 0) {
      if (now.size < old.size)
        throw new Distrust(`The log went back: from ${old.size} entries to ${now.size}.`);
      let proof: Uint8Array[] = [];
      if (now.size > old.size) {
        const said = await this.text(`/log/consistency?from=${old.size}&to=${now.size}`);
        proof = (JSON.parse(said) as { proof: string[] }).proof.map(bytes);
      }
      if (!(await extend(old, now, proof)))
        throw new Distrust(
          `The log forked: with ${now.size} entries it does not begin with the ${old.size} that ` +
            "were seen before.",
        );
    }
    this.store.setItem("checkpoint", note);
    this.checkpoint = now;
    return now;
  }

  /** Every entry after the position, up to the log's end. Call `done` for each. */
  async *history(): AsyncGenerator<Event> {
    const horizon = await this.look();
    let after = this.position;
    while (after < horizon.size) {
      const asked = new URLSearchParams({
        ...this.filters,
        after: String(after),
        limit: String(PAGE),
        origin: horizon.origin,
      });
      const page = JSON.parse(await this.text(`/api/entries?${asked}`)) as {
        items: Event[];
        next: number | null;
      };
      for (const event of page.items) {
        if (Number(event.sequence) > horizon.size) return;
        yield await this.next(event, after);
        after = Number(event.sequence);
      }
      if (page.next === null) return;
    }
  }

  /** Every entry after the position, and then each as it is sealed, however often the connection
   * breaks. Call `done` for each. `once`: until all that there is has come. */
  async *follow({ once = false } = {}): AsyncGenerator<Event> {
    let after = this.position;
    for (;;) {
      const { origin } = await this.look();
      const asked = new URLSearchParams({ ...this.filters, after: String(after), origin });
      const silent = new AbortController();
      let timer = setTimeout(() => silent.abort(), SILENT);
      try {
        const answer = await fetch(`${this.url}/api/entries/stream?${asked}`, {
          signal: silent.signal,
        });
        if ([429, 503].includes(answer.status)) {
          await wait(1000 * Number(answer.headers.get("Retry-After") ?? 5));
          continue;
        }
        if (!answer.ok || answer.body === null)
          throw new Error(`${answer.status}: ${await answer.text()}`);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let held = "";
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          clearTimeout(timer);
          timer = setTimeout(() => silent.abort(), SILENT);
          const parts = (held + read.value).split("\n\n");
          held = parts.pop()!;
          for (const part of parts) {
            const said = new Map(
              part.split("\n").map((line): [string, string] => {
                const [name = "", ...rest] = line.split(":");
                return [name, rest.join(":").trimStart()];
              }),
            );
            const [kind, data] = [said.get("event"), said.get("data")];
            if (kind === undefined && data !== undefined)
              yield await this.next(JSON.parse(data) as Event, after);
            if (kind === undefined && said.has("id"))
              after = Math.max(after, Number(said.get("id")));
            if (kind === "caught-up" && once) return void (await reader.cancel());
          }
        }
      } catch (error) {
        const broken = error instanceof TypeError || (error as Error).name === "AbortError";
        if (!broken) throw error; // fetch fails with a TypeError where the network does
      } finally {
        clearTimeout(timer);
        silent.abort();
      }
      await wait(AGAIN);
    }
  }

  private async next(event: Event, after: number): Promise<Event> {
    const position = Number(event.sequence);
    const whole = Object.keys(this.filters).length === 0;
    if (position <= after || (whole && position !== after + 1))
      throw new Distrust(`After ${after} came ${position}: there is a hole, or it came twice.`);
    if (position > (this.checkpoint?.size ?? 0)) {
      const { size } = await this.look();
      if (position > size)
        throw new Distrust(`${position} was sent, and ${size} entries are sealed.`);
    }
    return event;
  }

  private async text(path: string): Promise<string> {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.text();
  }
}

/** The event that a webhook brings (standardwebhooks.com). Distrust where it is not signed by the
 * secret (`whsec_…`), or was a while ago. `headers`: by lower-case names; `body`: as it came. */
export async function verifyWebhook(
  secret: string,
  headers: Record<string, string | undefined>,
  body: string,
  now = Date.now() / 1000,
): Promise<Delivery> {
  const [id, at] = [headers["webhook-id"] ?? "", headers["webhook-timestamp"] ?? ""];
  if (!/^[0-9]+$/.test(at) || Math.abs(now - Number(at)) > TOLERANCE)
    throw new Distrust("The webhook was signed too long ago, or its time is missing.");
  const raw = bytes(secret.replace(/^whsec_/, ""));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
  for (const one of (headers["webhook-signature"] ?? "").split(" ")) {
    const [version, signature = ""] = one.split(",");
    if (version !== "v1") continue;
    if (await crypto.subtle.verify("HMAC", key, bytes(signature), utf8(`${id}.${at}.${body}`)))
      return JSON.parse(body) as Delivery;
  }
  throw new Distrust("The webhook is not signed by this secret.");
}
