// Reads and follows the log of an Answerable service, and verifies its webhooks: in browsers and in
// Node (20 or newer), without any package. Copy this file into your project.
//
// It trusts the service as far as it can check it. The log's key is yours to give. The last
// checkpoint that was seen is kept in a store (`localStorage`, a file) with the position that you
// have come to. Each later one has to be signed, and its root to be that of the tree over what you
// have come to and the hashes of what follows (RFC 9162, section 2.1.1); each entry has to be the one
// of its hash. A log that went back, forked, has a hole, or sends anything but what it sealed is
// refused (`Distrust`), before any entry of it is handed over.

/** A CloudEvent of the log. Generate types of `data` from /openapi.json (openapi-typescript). */
export interface Event {
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  dataschema: string;
  sequence: string;
  data: { id: string; position: number; type: string; data: unknown; [name: string]: unknown };
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
const TILE = 256; // so many hashes a file has
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
    if (key[0] !== 1 || key.length !== 33 || toHex(id) !== number)
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

/** The Merkle tree over the first entries of a log: the roots of its full subtrees, the largest
 * first, of which its own is made (RFC 9162, section 2.1.1). */
class Tree {
  constructor(
    public size: number,
    readonly hashes: Uint8Array[],
  ) {}

  /** Add the hash of the entry that follows. */
  async add(leaf: Uint8Array): Promise<void> {
    this.hashes.push(leaf);
    for (let full = ++this.size; full % 2 === 0; full /= 2) {
      const [left, right] = this.hashes.splice(-2);
      this.hashes.push(await node(left!, right!));
    }
  }

  async root(): Promise<Uint8Array> {
    const last = this.hashes.length - 1;
    let root = this.hashes[last] ?? (await sha256());
    for (let n = last - 1; n >= 0; n--) root = await node(this.hashes[n]!, root);
    return root;
  }
}

const node = (left: Uint8Array, right: Uint8Array) => sha256(Uint8Array.of(1), left, right);
const leafOf = (line: Uint8Array) => sha256(Uint8Array.of(0), line);
const toHex = (raw: Uint8Array) =>
  Array.from(raw, (one) => one.toString(16).padStart(2, "0")).join("");
const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (one) => parseInt(one, 16));

/** What an event tells of the line of which the log keeps the hash. */
function lineOf(event: Event): { event: Record<string, unknown>; [name: string]: unknown } {
  const [, type = "", form = ""] = event.type.split(".");
  const { version, occurred_on, by, recorded_by, provenance, source, batch, data } = event.data;
  const said = { version, occurred_on, by, recorded_by, provenance, source, batch, data };
  const own = { ...said, id: event.id, stream: event.subject, type, schema: Number(form.slice(1)) };
  return { event: own, position: Number(event.sequence), recorded_at: event.time };
}

/** Canonical JSON (RFC 8785) of what has numbers without fractions. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

/** A log, from the position that was come to. */
export class Log {
  private checkpoint?: Checkpoint;
  private tree: Tree;
  /** The hashes of entries up to the checkpoint, by position: of those not done with. */
  private leaves = new Map<number, Uint8Array>();

  /** `vkeys`: the log's keys, from elsewhere than the service; `filters`: as `/api/entries` takes
   * them, such as `{ body: "cumbria-pfcc" }`. */
  constructor(
    private readonly url: string,
    private readonly vkeys: string[],
    private readonly store: Store,
    private readonly filters: Record<string, string> = {},
  ) {
    const [size, ...hashes] = (store.getItem("tree") ?? "0").split(" ");
    const whole = Number(size) === this.position; // else it is made again, from the first entry on
    this.tree = whole ? new Tree(this.position, hashes.map(fromHex)) : new Tree(0, []);
  }

  /** The position of the last entry that was done with. */
  get position(): number {
    return Number(this.store.getItem("position") ?? 0);
  }

  /** Say that all up to a position is done with: the next run goes on after it. */
  async done(position: number): Promise<void> {
    for (let next = this.tree.size + 1; next <= position; next++) {
      await this.tree.add(this.leaves.get(next)!);
      this.leaves.delete(next);
    }
    this.store.setItem("tree", [this.tree.size, ...this.tree.hashes.map(toHex)].join(" "));
    this.store.setItem("position", String(position));
  }

  /** Fetch the newest checkpoint, check that it is of the log that was seen, and keep it. */
  async look(): Promise<Checkpoint> {
    const note = await this.text("/log/checkpoint");
    const now = await openCheckpoint(note, this.vkeys);
    const kept = this.store.getItem("checkpoint");
    const old = kept === null ? undefined : await openCheckpoint(kept, this.vkeys);
    if (old !== undefined && now.size < old.size)
      throw new Distrust(`The log went back: from ${old.size} entries to ${now.size}.`);
    const tree = new Tree(this.tree.size, [...this.tree.hashes]);
    const leaves = new Map(this.leaves);
    let forked = false;
    while (tree.size < now.size && !forked) {
      if (!leaves.has(tree.size + 1)) await this.hashes(leaves, tree.size, now.size);
      await tree.add(leaves.get(tree.size + 1)!);
      forked = tree.size === old?.size && !same(await tree.root(), old.root);
    }
    if (forked || !same(await tree.root(), now.root))
      throw new Distrust(
        `The log forked: with ${now.size} entries it does not begin with those that were seen ` +
          "before, or the hashes that it gives are none of its own.",
      );
    this.leaves = leaves;
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
    const leaf = this.leaves.get(position)!;
    if (!same(await leafOf(utf8(canonical(lineOf(event)))), leaf)) await this.isOlder(event, leaf);
    return event;
  }

  /** Whether an entry whose bytes are others was stored in an older form of its event, of which the
   * service sends the latest: then it is the same in all but its data. Distrust. */
  private async isOlder(event: Event, leaf: Uint8Array): Promise<void> {
    const raw = await (await this.get(`/api/entries/${event.id}/raw`)).text();
    const [stored, sent] = [JSON.parse(raw) as ReturnType<typeof lineOf>, lineOf(event)];
    const older = Number(stored.event.schema) < Number(sent.event.schema);
    for (const one of [stored.event, sent.event]) delete one.schema, delete one.data;
    if (!older || canonical(stored) !== canonical(sent) || !same(await leafOf(utf8(raw)), leaf))
      throw new Distrust(`${event.sequence} is not the entry that was sealed there.`);
  }

  /** Fetch the hashes of entries after one, as far as a tile has them (c2sp.org/tlog-tiles), of a log
   * of a size. */
  private async hashes(into: Map<number, Uint8Array>, after: number, size: number): Promise<void> {
    const tile = Math.floor(after / TILE);
    const width = Math.min(TILE, size - tile * TILE);
    const three = (n: number) => String(n % 1000).padStart(3, "0");
    let name = three(tile);
    for (let more = Math.floor(tile / 1000); more > 0; more = Math.floor(more / 1000))
      name = `x${three(more)}/${name}`;
    const partial = width < TILE ? `.p/${width}` : "";
    const raw = await (await this.get(`/log/tile/0/${name}${partial}`)).arrayBuffer();
    for (let n = after % TILE; n < width; n++)
      into.set(tile * TILE + n + 1, new Uint8Array(raw.slice(32 * n, 32 * n + 32)));
  }

  private async text(path: string): Promise<string> {
    return (await this.get(path)).text();
  }

  private async get(path: string): Promise<Response> {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
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
