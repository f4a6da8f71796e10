// Verifies webhooks, a JSON object a line, with the library `standardwebhooks`.
// Answers a line each: the CloudEvent's id, or why not.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const { Webhook } = require("standardwebhooks");

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, body, headers } = JSON.parse(line);
  try {
    console.log(new Webhook(secret).verify(body, headers).id);
  } catch (error) {
    console.log(`refused: ${error.message}`);
  }
}
