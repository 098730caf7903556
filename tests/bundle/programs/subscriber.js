// A page that names one class.

import { Subscriber } from "@puremq/zmq";

const subscriber = new Subscriber({ receiveTimeout: 0, receiveHighWaterMark: 7 });
subscriber.subscribe("weather.");
subscriber.connect("inproc://weather");
const nothing = await subscriber.receive().catch(({ code }) => code);
console.log(nothing, subscriber.receiveHighWaterMark, "send" in subscriber);
subscriber.close();
