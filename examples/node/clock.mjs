// Moves the clock of an application that goes by its own, with the mock timers of
// node:test (Node 20.11 or newer), and without a change in the application:
//
//   encore-sandbox run --parallel 1 --clock-hook http://127.0.0.1:3999/ --webhook http://127.0.0.1:3000/webhook \
//     -- env CLOCK=own node --import ./examples/node/clock.mjs examples/node/integrator.mjs
//
// Date moves on with the machine's time, and jumps when the sandbox lets time
// pass. It moves for every customer at once, hence one story at a time. Timers
// keep to the machine's time.
import { createServer } from "node:http";
import { mock } from "node:test";

const machine = Date.now; // not mocked
let moved = 0; // ms
mock.timers.enable({ apis: ["Date"], now: machine() });
const follow = () => mock.timers.setTime(machine() + moved);
setInterval(follow, 10).unref();

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  moved += JSON.parse(Buffer.concat(parts)).advanceSeconds * 1000;
  follow();
  response.writeHead(204).end();
}).listen(Number(process.env.CLOCK_PORT || 3999), "127.0.0.1").unref();
