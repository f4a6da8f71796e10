// A story told by a client with the types that openapi-typescript made: node story.js URL TOKEN. It says
// what it saw, as a JSON object. That it compiles shows that its answers are typed.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const [url, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const client = createClient<paths>({ baseUrl: url!, headers });

const report = await client.POST("/api/reports", {
  params: { header: { "Idempotency-Key": "made-by-types" } },
  body: {
    title: "An inspection by types that were made",
    kind: "national_thematic",
    publisher: "hmicfrs",
    published_on: "2025-05-16",
    bodies: ["cumbria-pfcc"],
    source: { url: "https://hmicfrs.example/types" },
    recommendations: [
      { number: "2", text: "Do it by the spring.", addressees: ["cumbria-constabulary"] },
    ],
  },
});
if (!report.data) throw new Error(report.error.detail);
const reference = report.data.event.stream.replace(/^report./, "");
const path = { report: reference, number: "2", addressee: "cumbria-constabulary" };
const written = await client.POST("/api/recommendations/{report}/{number}/{addressee}/updates", {
  params: { path },
  body: {
    occurred_on: "2025-11-01",
    text: "It goes on.",
    source: { url: "https://force.example/update" },
    claim: { as_stated: "On track.", means: "on_track" },
  },
});
if (!written.data) throw new Error(written.error.detail);
const claimed: components["schemas"]["Means"] | undefined = written.data.event.data.claim?.means;
const stands = await client.GET("/api/recommendations/{report}/{number}/{addressee}", {
  params: { path },
});
const entry = await client.GET("/api/entries/{entry_id}", {
  params: { path: { entry_id: written.data.event.id } },
});
// `type` says which event an entry is: only an update has such a claim.
const claim = entry.data?.type === "update-received" ? entry.data.data.claim?.means : undefined;
// @ts-expect-error: an entry of an event that is not known has no claim
entry.data?.data.claim;
const refused = await client.POST("/api/recommendations/{report}/{number}/{addressee}/updates", {
  params: { path: { ...path, report: "no-such" } },
  body: { occurred_on: "2025-11-01", text: "x" },
});
console.log(
  JSON.stringify({
    status: stands.data?.status,
    claim: claim === claimed ? claim : null,
    text: entry.data?.texts["text"]?.text,
    last: entry.data?.type,
    position: written.data.position,
    refused: refused.error?.type,
  }),
);
