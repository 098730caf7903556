/**
 * The page: a SUB socket, and what is seen of it. A checkbox subscribes and unsubscribes, and what nobody
 * subscribed to is not even sent; the socket's events tell how the connection fares. Stop the server and start it
 * again: the socket connects and subscribes again by itself.
 *
 * @module
 */

/// <reference lib="dom" />

import { Subscriber } from "../../mod.ts";
import { Plot } from "./plot.ts";

const endpoint = `ws://${location.host}/wind`;
const subscriber = new Subscriber();
const plot = new Plot(element("canvas") as HTMLCanvasElement);

element("endpoint").textContent = `SUB → ${endpoint}`;
for (const box of document.querySelectorAll("input")) follow(box);
watch();
subscriber.connect(endpoint);

let total = 0;
let before = 0;
setInterval(() => {
  element("rate").textContent = String(total - before);
  element("total").textContent = total.toLocaleString("en");
  before = total;
}, 1000);

for await (const [station, time, speed] of subscriber) {
  total++;
  plot.add(String(station), Number(time), Number(speed));
  element(String(station)).textContent = Number(speed).toFixed(1);
}

/** Subscribes to the station while its box is ticked. */
function follow(box: HTMLInputElement): void {
  plot.declare(box.name, `--${box.name}`);
  const change = () => {
    if (box.checked) {
      subscriber.subscribe(box.name);
      tell("subscribe", box.name);
    } else {
      subscriber.unsubscribe(box.name);
      tell("unsubscribe", `${box.name}: the server sends no more of it`);
      element(box.name).textContent = "–";
    }
  };
  box.addEventListener("change", change);
  change();
}

/** Shows how the connection fares, by the socket's events. */
function watch(): void {
  const { events } = subscriber;
  const show = (up: boolean, text: string) => {
    element("state").textContent = text;
    element("state").className = up ? "up" : "";
  };
  events.on("handshake", () => {
    show(true, "connected");
    tell("handshake", "subscriptions are on their way");
  });
  events.on("connect:retry", ({ interval }) => {
    show(false, "connecting again");
    tell("connect:retry", `in ${interval} ms`);
  });
  events.on("connect", () => tell("connect", endpoint));
  events.on("disconnect", ({ error }) => {
    show(false, "not connected");
    tell("disconnect", error?.message ?? "by the server");
  });
}

function tell(type: string, text: string): void {
  const row = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = type.padEnd(15);
  row.append(`${new Date().toTimeString().slice(0, 8)}  `, name, text);
  const list = element("events");
  list.prepend(row);
  while (list.children.length > 4) list.lastChild!.remove();
}

function element(id: string): HTMLElement {
  return document.getElementById(id)!;
}
