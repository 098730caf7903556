import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Heartbeat } from "../../../src/zmtp/heartbeat.ts";

const OFF = { interval: 0, timeout: 0, timeToLive: 0 };

/** Ticks at every deadline up to `until` and answers what was due when. */
function run(heartbeat: Heartbeat, until: number): [number, string][] {
  const due: [number, string][] = [];
  for (;;) {
    const at = heartbeat.deadline();
    if (at > until) return due;
    const what = heartbeat.tick(at);
    if (what !== undefined) due.push([at, what]);
    if (what === "dead") return due;
  }
}

describe("Heartbeat (RFC 37, heartbeating)", () => {
  it("switched off it is never due", () => {
    const heartbeat = new Heartbeat(OFF);
    heartbeat.start(0);
    heartbeat.heard(5);
    assertEquals(heartbeat.deadline(), Infinity);
    assertEquals(heartbeat.tick(1e9), undefined);
  });

  it("is due for nothing before the handshake", () => {
    assertEquals(new Heartbeat({ interval: 10, timeout: 10, timeToLive: 0 }).deadline(), Infinity);
  });

  it("PINGs every interval, whatever is heard", () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 0, timeToLive: 0 });
    heartbeat.start(1000);
    assertEquals(run(heartbeat, 1350), [[1100, "ping"], [1200, "ping"], [1300, "ping"]]);
  });

  it("a peer that says nothing for the timeout after a PING is dead, a short grace later", () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 250, timeToLive: 0 });
    heartbeat.start(0);
    assertEquals(run(heartbeat, 10_000), [[100, "ping"], [200, "ping"], [300, "ping"], [360, "dead"]]);
  });

  it("anything heard is a sign of life, and the timeout counts from the next PING again", () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 50, timeToLive: 0 });
    heartbeat.start(0);
    assertEquals(heartbeat.tick(100), "ping");
    assertEquals(heartbeat.deadline(), 150);
    heartbeat.heard(149);
    assertEquals(heartbeat.deadline(), 200);
    assertEquals(run(heartbeat, 10_000), [[200, "ping"], [260, "dead"]]);
  });

  it("octets heard within the grace save the peer", () => {
    const heartbeat = new Heartbeat({ interval: 1000, timeout: 50, timeToLive: 0 });
    heartbeat.start(0);
    heartbeat.tick(1000);
    assertEquals(heartbeat.tick(1050), undefined);
    heartbeat.heard(1055);
    assertEquals(heartbeat.deadline(), 2000);
    assertEquals(heartbeat.tick(1100), undefined);
  });

  it("a timer that is late by far still gives the peer its grace", () => {
    const heartbeat = new Heartbeat({ interval: 1000, timeout: 50, timeToLive: 0 });
    heartbeat.start(0);
    heartbeat.tick(1000);
    assertEquals(heartbeat.tick(500_000), "ping");
  });

  it("a peer that promised to be heard within its TTL, in tenths of a second, and was not is dead", () => {
    const heartbeat = new Heartbeat(OFF);
    heartbeat.start(0);
    heartbeat.promised(5, 1000);
    assertEquals(heartbeat.deadline(), 1500);
    heartbeat.heard(1400);
    assertEquals(heartbeat.deadline(), 1900);
    assertEquals(run(heartbeat, 10_000), [[1910, "dead"]]);
  });

  it("the longest TTL is 6553.5 seconds, and a TTL of 0 takes the promise back", () => {
    const heartbeat = new Heartbeat(OFF);
    heartbeat.promised(65535, 0);
    assertEquals(heartbeat.deadline(), 6_553_500);
    heartbeat.promised(0, 10);
    heartbeat.heard(20);
    assertEquals(heartbeat.deadline(), Infinity);
  });
});
