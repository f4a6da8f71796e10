// Checks inclusion proofs, a JSON object a line, with the Merkle functions of @sigstore/verify.
// Answers a line each: "ok", or why not.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const { verifyMerkleInclusion } = require("./node_modules/@sigstore/verify/dist/tlog/merkle.js");

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const bytes = (text) => Buffer.from(text, "base64");
  const entry = {
    canonicalizedBody: bytes(given.entry),
    inclusionProof: { logIndex: given.index, hashes: given.hashes.map(bytes) },
  };
  try {
    verifyMerkleInclusion(entry, { logSize: BigInt(given.size), logHash: bytes(given.root) });
    console.log("ok");
  } catch (error) {
    console.log(error.message);
  }
}
