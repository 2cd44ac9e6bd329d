// Written by heddle init: holds the files that opencode edits. `server` is the plugin of opencode 1, `setup` that of opencode 2.
import { spawn } from "node:child_process"

const HEDDLE = "heddle"; // in a shell

const EDITS = new Set(["edit", "write", "multiedit", "patch", "apply_patch"])

function hook(directory, event, session, more = {}) {
  const input = { hook_event_name: event, session_id: session, cwd: directory, ...more }
  return new Promise((resolve) => {
    const child = spawn(`${HEDDLE} hook opencode`, { shell: true, cwd: directory, stdio: ["pipe", "pipe", "ignore"], timeout: 10000 })
    let output = ""
    child.stdout.on("data", (data) => (output += data))
    child.stdin.on("error", () => {})
    child.on("error", () => resolve({}))
    child.on("close", () => {
      try {
        resolve(JSON.parse(output || "{}"))
      } catch {
        resolve({})
      }
    })
    child.stdin.end(JSON.stringify(input))
  })
}

async function beforeEdit(directory, tool, session, args) {
  if (!EDITS.has(tool)) return
  const answer = await hook(directory, "tool.execute.before", session, { tool_name: tool, tool_input: args })
  if (answer.systemMessage) console.warn(answer.systemMessage)
  if (answer.deny) throw new Error(answer.deny)
}

const name = (session) => process.env.HEDDLE_AGENT || `opencode/${session}`

export default {
  id: "heddle",

  server: async ({ directory }) => ({
    "tool.execute.before": (input, output) => beforeEdit(directory, input.tool, input.sessionID, output.args),
    "shell.env": async (input, output) => {
      if (input.sessionID) output.env.HEDDLE_AGENT = name(input.sessionID)
    },
    event: async ({ event }) => {
      if (event.type === "session.deleted") await hook(directory, "session.deleted", event.properties.info.id)
    },
  }),

  setup: async (ctx) => {
    const directory = ctx.location?.directory ?? process.cwd()
    await ctx.tool?.hook?.("execute.before", (event) => beforeEdit(directory, event.tool, event.sessionID, event.input))
    await ctx.shell?.hook?.("create.before", (event) => {
      if (event.sessionID) event.env = { ...event.env, HEDDLE_AGENT: name(event.sessionID) }
    })
  },
}
