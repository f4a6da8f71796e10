// @ts-check
// Reads and follows the log of an Answerable service, and verifies its webhooks: in browsers and in
// Node (20 or newer), without any package or compiler. TypeScript reads its types from the comments.
// Copy this file into your project.
//
// It trusts the service as far as it can check it. The log's key is yours to give. The last
// checkpoint that was seen is kept in a store (`localStorage`, a file) with the position that you
// have come to. Each later one has to be signed, and its root to be that of the tree over what you
// have come to and the hashes of what follows (RFC 9162, section 2.1.1); each entry has to be the one
// of its hash. A log that went back, forked, has a hole, or sends anything but what it sealed is
// refused (`Distrust`), before any entry of it is handed over.

/**
 * A CloudEvent of the log. Generate types of `data` from /openapi.json (openapi-typescript).
 * @typedef {{ id: string, source: string, type: string, subject: string, time: string,
 *   dataschema: string, sequence: string,
 *   data: { id: string, position: number, type: string, data: unknown, [name: string]: unknown }
 * }} Event
 */

/**
 * An event as a webhook brings it.
 * @typedef {Event & { previoussequence: string, previousid?: string }} Delivery
 */

/**
 * What is kept between two runs: `localStorage` is one.
 * @typedef {{ getItem(name: string): string | null, setItem(name: string, value: string): void
 * }} Store
 */

/** @typedef {{ origin: string, size: number, root: Uint8Array }} Checkpoint */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** The log is not the one that was seen before, or what came was not signed: stop, keep the store as
 * evidence, and ask whoever runs the log. */
export class Distrust extends Error {}

/** The key that was given is no key of a log. */
export class NoKey extends Error {}

/** An answer that is an error. Its request may be sent again if `again` says so. */
export class Failed extends Error {
  /** @param {string} message @param {Response} answer */
  constructor(message, answer) {
    super(message);
    this.again = answer.status === 429 || answer.status >= 500;
    this.after = 1000 * Number(answer.headers.get("Retry-After") ?? AGAIN / 1000);
  }
}

const PAGE = 500;
const TILE = 256; // so many hashes a file has
const AGAIN = 2000;
const TRIES = 8; // so often the service is asked for one thing
const SILENT = 60_000; // a stream has a sign of life every 15 seconds
const TOLERANCE = 5 * 60;

/** @param {string} text @returns {Bytes} */
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
/** @param {string} text */
const utf8 = (text) => /** @type {Bytes} */ (new TextEncoder().encode(text));
/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((one, n) => one === b[n]);
/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** @param {...Uint8Array} parts */
async function sha256(...parts) {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/**
 * Return the checkpoint in a signed note (c2sp.org/signed-note). Distrust if no key signed it.
 * @param {string} note @param {string[]} vkeys @returns {Promise<Checkpoint>}
 */
export async function openCheckpoint(note, vkeys) {
  const [text = "", signatures = ""] = note.split("\n\n", 2);
  for (const vkey of vkeys) {
    const [name = "", number = "", encoded = ""] = vkey.trim().split(/\+(.*?)\+(.*)/s);
    const key = /^[A-Za-z0-9+/=]*$/.test(encoded) ? bytes(encoded) : bytes("");
    const id = (await sha256(utf8(`${name}\n`), key)).slice(0, 4);
    if (key[0] !== 1 || key.length !== 33 || toHex(id) !== number)
      throw new NoKey(`“${vkey}” is no key of a log: \`answerable key show\` prints it.`);
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
  /** @param {number} size @param {Uint8Array[]} hashes */
  constructor(size, hashes) {
    this.size = size;
    this.hashes = hashes;
  }

  /**
   * Add the hash of the entry that follows.
   * @param {Uint8Array} leaf
   */
  async add(leaf) {
    this.hashes.push(leaf);
    for (let full = ++this.size; full % 2 === 0; full /= 2) {
      const [left, right] = this.hashes.splice(-2);
      this.hashes.push(await node(left, right));
    }
  }

  async root() {
    const last = this.hashes.length - 1;
    let root = this.hashes[last] ?? (await sha256());
    for (let n = last - 1; n >= 0; n--) root = await node(this.hashes[n], root);
    return root;
  }
}

/** @param {Uint8Array} left @param {Uint8Array} right */
const node = (left, right) => sha256(Uint8Array.of(1), left, right);
/** @param {Uint8Array} line */
const leafOf = (line) => sha256(Uint8Array.of(0), line);
/** @param {Uint8Array} raw */
const toHex = (raw) => Array.from(raw, (one) => one.toString(16).padStart(2, "0")).join("");
/** @param {string} hex */
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (one) => parseInt(one, 16));

/**
 * Return what an event tells of the line of which the log keeps the hash.
 * @param {Event} event
 * @returns {{ event: Record<string, unknown>, [name: string]: unknown }}
 */
function lineOf(event) {
  const [, type = "", form = ""] = event.type.split(".");
  const { version, occurred_on, by, recorded_by, provenance, source, batch, data } = event.data;
  const said = { version, occurred_on, by, recorded_by, provenance, source, batch, data };
  const own = { ...said, id: event.id, stream: event.subject, type, schema: Number(form.slice(1)) };
  return { event: own, position: Number(event.sequence), recorded_at: event.time };
}

/**
 * Return canonical JSON (RFC 8785) of what has numbers without fractions.
 * @param {unknown} value @returns {string}
 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

/** A log, from the position that was come to. */
export class Log {
  /** @type {Checkpoint | undefined} */
  #checkpoint;
  /** The hashes of entries up to the checkpoint, by position: of those not done with.
   * @type {Map<number, Uint8Array>} */
  #leaves = new Map();
  /** @type {Tree} */
  #tree;

  /**
   * `vkeys`: the log's keys, from elsewhere than the service; `filters`: as `/api/entries` takes
   * them, such as `{ body: "cumbria-pfcc" }`.
   * @param {string} url @param {string[]} vkeys @param {Store} store
   * @param {Record<string, string>} filters
   */
  constructor(url, vkeys, store, filters = {}) {
    this.url = url;
    this.vkeys = vkeys;
    this.store = store;
    this.filters = filters;
    const [size, ...hashes] = (store.getItem("tree") ?? "0").split(" ");
    const whole = Number(size) === this.position; // else it is made again, from the first entry on
    this.#tree = whole ? new Tree(this.position, hashes.map(fromHex)) : new Tree(0, []);
  }

  /** The position of the last entry that was done with. */
  get position() {
    return Number(this.store.getItem("position") ?? 0);
  }

  /**
   * Say that all up to a position is done with: the next run goes on after it.
   * @param {number} position
   */
  async done(position) {
    for (let next = this.#tree.size + 1; next <= position; next++) {
      await this.#tree.add(this.#leaf(next));
      this.#leaves.delete(next);
    }
    this.store.setItem("tree", [this.#tree.size, ...this.#tree.hashes.map(toHex)].join(" "));
    this.store.setItem("position", String(position));
  }

  /** Fetch the newest checkpoint, check that it is of the log that was seen, and keep it. */
  async look() {
    const note = await this.#text("/log/checkpoint");
    const now = await openCheckpoint(note, this.vkeys);
    const kept = this.store.getItem("checkpoint");
    const old = kept === null ? undefined : await openCheckpoint(kept, this.vkeys);
    if (old !== undefined && now.size < old.size)
      throw new Distrust(`The log went back: from ${old.size} entries to ${now.size}.`);
    const tree = new Tree(this.#tree.size, [...this.#tree.hashes]);
    const leaves = new Map(this.#leaves);
    let forked = false;
    while (tree.size < now.size && !forked) {
      if (!leaves.has(tree.size + 1)) await this.#hashes(leaves, tree.size, now.size);
      await tree.add(this.#leaf(tree.size + 1, leaves));
      forked = tree.size === old?.size && !same(await tree.root(), old.root);
    }
    if (forked || !same(await tree.root(), now.root))
      throw new Distrust(
        `The log forked: with ${now.size} entries it does not begin with those that were seen ` +
          "before, or the hashes that it gives are none of its own.",
      );
    this.#leaves = leaves;
    this.store.setItem("checkpoint", note);
    this.#checkpoint = now;
    return now;
  }

  /**
   * Every entry after the position, up to the log's end. Call `done` for each.
   * @returns {AsyncGenerator<Event>}
   */
  async *history() {
    const horizon = await this.look();
    let after = this.position;
    while (after < horizon.size) {
      const asked = new URLSearchParams({
        ...this.filters,
        after: String(after),
        limit: String(PAGE),
        origin: horizon.origin,
      });
      /** @type {{ items: Event[], next: number | null }} */
      const page = JSON.parse(await this.#text(`/api/entries?${asked}`));
      for (const event of page.items) {
        if (Number(event.sequence) > horizon.size) return;
        yield await this.#next(event, after);
        after = Number(event.sequence);
      }
      if (page.next === null) return;
    }
  }

  /**
   * Every entry after the position, and then each as it is sealed, however often the connection
   * breaks. Call `done` for each. `once`: until all that there is has come.
   * @returns {AsyncGenerator<Event>}
   */
  async *follow({ once = false } = {}) {
    let after = this.position;
    for (;;) {
      let pause = AGAIN;
      const silent = new AbortController();
      let timer = setTimeout(() => silent.abort(), SILENT);
      try {
        const { origin } = await this.look();
        const asked = new URLSearchParams({ ...this.filters, after: String(after), origin });
        const answer = await this.#get(`/api/entries/stream?${asked}`, silent.signal);
        if (answer.body === null) throw new TypeError("The stream has no body.");
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let held = "";
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          clearTimeout(timer);
          timer = setTimeout(() => silent.abort(), SILENT);
          const parts = (held + read.value).split("\n\n");
          held = parts.pop() ?? "";
          for (const part of parts) {
            /** @type {Map<string, string>} */
            const said = new Map();
            for (const line of part.split("\n")) {
              const [name, ...rest] = line.split(":");
              said.set(name, rest.join(":").trimStart());
            }
            const [kind, data] = [said.get("event"), said.get("data")];
            if (kind === undefined && data !== undefined)
              yield await this.#next(JSON.parse(data), after);
            if (kind === undefined && said.has("id"))
              after = Math.max(after, Number(said.get("id")));
            if (kind === "caught-up" && once) return void (await reader.cancel());
          }
        }
      } catch (error) {
        const again = error instanceof Failed && error.again;
        if (again) pause = error.after;
        const gone = error instanceof DOMException && error.name === "AbortError";
        // fetch fails with a TypeError where the network does
        if (!again && !gone && !(error instanceof TypeError)) throw error;
      } finally {
        clearTimeout(timer);
        silent.abort();
      }
      await wait(pause);
    }
  }

  /** @param {number} position @param {Map<number, Uint8Array>} leaves */
  #leaf(position, leaves = this.#leaves) {
    const found = leaves.get(position);
    if (found === undefined) throw new Distrust(`The log has no hash of ${position}.`);
    return found;
  }

  /** @param {Event} event @param {number} after */
  async #next(event, after) {
    const position = Number(event.sequence);
    const whole = Object.keys(this.filters).length === 0;
    if (position <= after || (whole && position !== after + 1))
      throw new Distrust(`After ${after} came ${position}: there is a hole, or it came twice.`);
    if (position > (this.#checkpoint?.size ?? 0)) {
      const { size } = await this.look();
      if (position > size)
        throw new Distrust(`${position} was sent, and ${size} entries are sealed.`);
    }
    const leaf = this.#leaf(position);
    if (!same(await leafOf(utf8(canonical(lineOf(event)))), leaf)) await this.#isOlder(event, leaf);
    return event;
  }

  /**
   * Check that an entry with other bytes was stored in an older form of its event: the service sends
   * the latest, which is the same in all but its data. Distrust.
   * @param {Event} event @param {Uint8Array} leaf
   */
  async #isOlder(event, leaf) {
    const raw = await this.#text(`/api/entries/${event.id}/raw`);
    /** @type {ReturnType<typeof lineOf>} */
    const stored = JSON.parse(raw);
    const sent = lineOf(event);
    const older = Number(stored.event.schema) < Number(sent.event.schema);
    for (const one of [stored.event, sent.event]) delete one.schema, delete one.data;
    if (!older || canonical(stored) !== canonical(sent) || !same(await leafOf(utf8(raw)), leaf))
      throw new Distrust(`${event.sequence} is not the entry that was sealed there.`);
  }

  /**
   * Fetch the hashes of entries after one, as far as a tile has them (c2sp.org/tlog-tiles), of a log
   * of a size.
   * @param {Map<number, Uint8Array>} into @param {number} after @param {number} size
   */
  async #hashes(into, after, size) {
    const tile = Math.floor(after / TILE);
    const width = Math.min(TILE, size - tile * TILE);
    const three = (/** @type {number} */ n) => String(n % 1000).padStart(3, "0");
    let name = three(tile);
    for (let more = Math.floor(tile / 1000); more > 0; more = Math.floor(more / 1000))
      name = `x${three(more)}/${name}`;
    const partial = width < TILE ? `.p/${width}` : "";
    const raw = await (await this.#get(`/log/tile/0/${name}${partial}`)).arrayBuffer();
    for (let n = after % TILE; n < width; n++)
      into.set(tile * TILE + n + 1, new Uint8Array(raw.slice(32 * n, 32 * n + 32)));
  }

  /** @param {string} path */
  async #text(path) {
    return (await this.#get(path)).text();
  }

  /** @param {string} path @param {AbortSignal} [signal] */
  async #get(path, signal) {
    for (let left = TRIES; ; left--) {
      const answer = await fetch(this.url + path, { signal });
      if (answer.ok) return answer;
      const failed = new Failed(`${path}: ${answer.status} ${await answer.text()}`, answer);
      if (!failed.again || left === 1) throw failed;
      await wait(failed.after);
    }
  }
}

/**
 * Return the event that a webhook brings (standardwebhooks.com). Distrust if it is not signed by the
 * secret (`whsec_…`), or was a while ago. `headers`: by lower-case names; `body`: as it came.
 * @param {string} secret @param {Record<string, string | string[] | undefined>} headers
 * @param {string} body @returns {Promise<Delivery>}
 */
export async function verifyWebhook(secret, headers, body, now = Date.now() / 1000) {
  const said = (/** @type {string} */ name) => String(headers[`webhook-${name}`] ?? "");
  const [id, at] = [said("id"), said("timestamp")];
  if (!/^[0-9]+$/.test(at) || Math.abs(now - Number(at)) > TOLERANCE)
    throw new Distrust("The webhook was signed too long ago, or its time is missing.");
  const raw = bytes(secret.replace(/^whsec_/, ""));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
  for (const one of said("signature").split(" ")) {
    const [version, signature = ""] = one.split(",");
    if (version !== "v1") continue;
    if (await crypto.subtle.verify("HMAC", key, bytes(signature), utf8(`${id}.${at}.${body}`)))
      return JSON.parse(body);
  }
  throw new Distrust("The webhook is not signed by this secret.");
}
