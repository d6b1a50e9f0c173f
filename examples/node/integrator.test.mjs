// Tests of the integrator with node:test (Node 20.11 or newer) against a running
// sandbox, which waits for what is expected, so that no test has to sleep:
//
//   encore-sandbox serve --webhook http://127.0.0.1:3000/webhook
//   eval "$(encore-sandbox env --format shell)" && node --test examples/node/integrator.test.mjs
//
// Each test invents a customer of its own, so they run side by side and may run
// again and again on one sandbox. What is said of each customer can be looked at
// in the inspector, at SANDBOX_URL.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const sandbox = process.env.SANDBOX_URL;
if (!sandbox) throw new Error('set what encore-sandbox env prints: eval "$(encore-sandbox env --format shell)"');

// call speaks to the control API. What it refuses says why, and of an expectation what came instead.
const call = async (method, path, body) => {
  const answer = await fetch(`${sandbox}/_sandbox/v1/${path}`, {
    method, body: body && JSON.stringify(body), headers: body && { "Content-Type": "application/json" },
  });
  const result = await answer.json();
  if (!answer.ok) assert.fail(`${method} ${path}: ${result.error}`);
  return result;
};

// Customer is somebody who has not written yet. A fate decides what becomes of the
// calls about this customer: see `encore-sandbox help faults`.
const newCustomer = (fate) => call("POST", "customers", { channel: "whatsapp", fate });
const write = (customer, text) => call("POST", "messages", { channel: "whatsapp", from: customer.customer, text });
const expect = (customer, patterns, since = 0) => call("POST", "journal/expect", { thread: customer.thread, patterns, since, within: "15s" });
const later = (customer, advance) => call("POST", "clock", { thread: customer.thread, advance });

// kept fails on every duty that was broken towards the customer, with its rule.
const kept = async (customer) => {
  const { findings } = await call("GET", "findings");
  assert.deepEqual(findings.filter((f) => f.thread === customer.thread), []);
};

describe("the integrator", { concurrency: true }, () => {
  let integrator;

  before(async () => {
    integrator = spawn(process.execPath, [fileURLToPath(new URL("integrator.mjs", import.meta.url))], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(integrator, "exit").then(([code]) => assert.fail(`the integrator ended early, with ${code}`));
    await Promise.race([once(integrator.stdout, "data"), ended]); // its first words are that it listens
    ended.catch(() => {});
  });
  after(() => integrator?.kill());

  test("a first message gets the offer, then the reply", async () => {
    const anna = await newCustomer();
    const { id } = await write(anna, "Are you open today?");
    await expect(anna, [
      { what: "offer requested 200", request: { inboundMessageId: id } }, "offer sent", "reply sent: /Our team/",
    ]);
    await kept(anna);
  });

  test("whoever is back after a day gets another offer, whoever writes on does not", async () => {
    const ben = await newCustomer();
    await write(ben, "Hi");
    await expect(ben, ["offer sent", "reply sent"]);
    await write(ben, "And tomorrow?");
    const { matched } = await expect(ben, ["offer sent", "reply sent", "reply sent"]);
    await later(ben, "26h");
    await write(ben, "Hi again");
    await expect(ben, ["offer requested", "offer sent", "reply sent"], matched.at(-1).n);
    await kept(ben);
  });

  test("Encore throttles twice: the offer comes with the third call, for the same message", async () => {
    const cleo = await newCustomer("829");
    const { id } = await write(cleo, "Hi");
    const asked = (status) => ({ what: `offer requested ${status}`, request: { inboundMessageId: id } });
    await expect(cleo, [asked(429), asked(429), asked(200), "offer sent", "reply sent"]);
    await kept(cleo);
  });

  test("Encore fails: the reply comes all the same", async () => {
    const dora = await newCustomer("500");
    await write(dora, "Hi");
    await expect(dora, ["offer requested 500", "reply sent"]);
    await kept(dora);
  });
});
