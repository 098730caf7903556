/**
 * A server with a web page: the page and its script over HTTP, and on the same port a PUB socket that tells the wind
 * at three stations, 25 times a second each. The wind is made up. Nothing here is about the page's plot: whoever
 * connects a SUB to the endpoint, in any language that speaks ZWS, gets the same feed.
 *
 *     deno task example:browser          # or: bun examples/browser/server.ts
 *                                        # or: node examples/browser/server.ts
 *
 * Then open http://127.0.0.1:8080. Another port: its number as the argument. npx fetches esbuild, which bundles the
 * page's script when this starts.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { nodeUpgrade, Publisher } from "../../mod.ts";

const port = Number(process.argv[2] ?? 8080);
const page = readFileSync(new URL("./index.html", import.meta.url));
const script = bundle(new URL("./page.ts", import.meta.url));

const publisher = new Publisher();
const server = createServer(({ url }, response) => {
  if (url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(page);
  else if (url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
  else response.writeHead(404).end();
});
server.on("upgrade", (request, stream, head) => {
  if (request.url === "/wind") nodeUpgrade(publisher, request, stream, head);
  else stream.destroy();
});
server.listen(port, "127.0.0.1", () => {
  console.log(`The feed is at ws://127.0.0.1:${port}/wind\nOpen http://127.0.0.1:${port}`);
});

const stations = [
  { name: "harbour", mean: 6, gusts: 1.0, speed: 6 },
  { name: "pass", mean: 11, gusts: 1.5, speed: 11 },
  { name: "summit", mean: 17, gusts: 2.2, speed: 17 },
];

setInterval(() => {
  const now = Date.now();
  for (const station of stations) {
    const { name, mean, gusts } = station;
    // Pulled back to a mean that itself comes and goes, and pushed about by chance.
    const pull = mean * (1 + 0.15 * Math.sin(now / 7000 + mean)) - station.speed;
    station.speed = Math.max(0, station.speed + 0.04 * pull + 0.35 * gusts * (Math.random() - 0.5));
    publisher.send([name, String(now), station.speed.toFixed(2)]);
  }
}, 40);

/** The script as the browser gets it. */
function bundle(source: URL): Uint8Array {
  const options = ["--bundle", "--format=esm", "--platform=browser", "--minify", "--log-level=warning"];
  return execFileSync("npx", ["-y", "esbuild@0.28", fileURLToPath(source), ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
