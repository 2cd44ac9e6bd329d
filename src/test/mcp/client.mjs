// Calls every tool with the official TypeScript client. Arguments: the address of /mcp, and a project.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [url, project, packages] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${packages}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");

const client = new Client({ name: "typescript-test", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const { tools } = await client.listTools();
assert.deepEqual(
  tools.map((tool) => tool.name).sort(),
  ["hand_over", "hold_files", "my_holds", "release_files", "wait_for_files", "who_holds"],
);

async function call(name, args, isError = false) {
  const result = await client.callTool({ name, arguments: { project, ...args } });
  assert.equal(result.isError ?? false, isError, JSON.stringify(result));
  return result.structuredContent;
}

const held = await call("hold_files", { paths: ["src/a.ts", "lib/"], reason: "new checkout" });
assert.match(held.session, /^typescript-test\//);
const refused = await call("hold_files", { paths: ["src/a.ts"], session: "codex/ts" }, true);
assert.match(refused.message, /new checkout/);
assert.equal((await call("who_holds", { paths: ["lib/x.ts"] })).holds.length, 1);
assert.equal((await call("my_holds", {})).holds.length, 2);
await call("hand_over", { path: "src/a.ts", to_session: "codex/ts" });

const progress = [];
const waiting = client.callTool(
  { name: "hold_files", arguments: { project, paths: ["src/a.ts"], wait_seconds: 20 } },
  undefined,
  { onprogress: (update) => progress.push(update), timeout: 30_000 },
);
while (progress.length < 2) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await call("release_files", { session: "codex/ts" });
assert.equal((await waiting).isError ?? false, false);
await call("wait_for_files", { paths: ["lib/"], session: "codex/ts", wait_seconds: 1 }, true);
assert.equal((await call("release_files", {})).released.length, 2);
await client.close();
console.log("every tool answered");
