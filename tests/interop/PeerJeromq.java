import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.zeromq.ZMQ;

/**
 * The peer of the interop tests on JeroMQ 0.3, which speaks ZMTP 2.0 and nothing newer: one JSON command a line in,
 * one answer a line out. The protocol is that of `peer.ts`; `peer_pyzmq.py` speaks it too. Options have zeromq.js's
 * names. A socket belongs to a thread of its own, in which commands take turns while one waits to receive.
 */
public class PeerJeromq {
  private static final int LONG = 1024;
  private static final Map<String, Integer> TYPES = Map.ofEntries(
      Map.entry("Pair", ZMQ.PAIR), Map.entry("Publisher", ZMQ.PUB), Map.entry("Subscriber", ZMQ.SUB),
      Map.entry("Request", ZMQ.REQ), Map.entry("Reply", ZMQ.REP), Map.entry("Dealer", ZMQ.DEALER),
      Map.entry("Router", ZMQ.ROUTER), Map.entry("Pull", ZMQ.PULL), Map.entry("Push", ZMQ.PUSH),
      Map.entry("XPublisher", ZMQ.XPUB), Map.entry("XSubscriber", ZMQ.XSUB));

  private static final ZMQ.Context context = ZMQ.context(1);
  private static final List<Owned> sockets = new ArrayList<>();

  /** A socket and its thread. */
  private record Owned(ZMQ.Socket socket, ExecutorService thread) {}

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null;) {
      @SuppressWarnings("unchecked")
      Map<String, Object> command = (Map<String, Object>) new Json(line).value();
      switch ((String) command.get("op")) {
        case "hello" -> answer(command, ZMQ.getVersionString());
        case "open" -> answer(command, open(command));
        default -> {
          Owned owned = sockets.get(number(command, "sock"));
          owned.thread.execute(() -> run(command, owned));
          if (command.get("op").equals("close")) owned.thread.shutdown();
        }
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static int open(Map<String, Object> command) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    ZMQ.Socket socket = thread.submit(() -> context.socket(TYPES.get((String) command.get("type")))).get();
    @SuppressWarnings("unchecked")
    Map<String, Object> options = (Map<String, Object>) command.get("options");
    for (Map.Entry<String, Object> option : options.entrySet()) {
      Object value = option.getValue();
      switch (option.getKey()) {
        case "linger" -> socket.setLinger((Long) value);
        case "routingId" -> socket.setIdentity(((String) value).getBytes(StandardCharsets.UTF_8));
        case "reconnectInterval" -> socket.setReconnectIVL((Long) value);
        case "sendHighWaterMark" -> socket.setSndHWM((Long) value);
        case "receiveHighWaterMark" -> socket.setRcvHWM((Long) value);
        case "mandatory" -> socket.setRouterMandatory((Boolean) value);
        default -> throw new IllegalArgumentException(option.getKey());
      }
    }
    sockets.add(new Owned(socket, thread));
    return sockets.size() - 1;
  }

  private static void run(Map<String, Object> command, Owned owned) {
    try {
      if (command.get("op").equals("receive") && !owned.thread.isShutdown() && !arrived(command, owned.socket)) {
        owned.thread.execute(() -> run(command, owned));
      } else answer(command, perform(command, owned.socket));
    } catch (Exception error) { // Whatever it is, the test must hear of it.
      say(Map.of("id", command.get("id"), "error", error.toString()));
    }
  }

  /** Whether there is a message, or no time left to wait for it; a socket takes in its peers meanwhile. */
  private static boolean arrived(Map<String, Object> command, ZMQ.Socket socket) throws InterruptedException {
    if ((socket.getEvents() & ZMQ.Poller.POLLIN) != 0) return true;
    long left = (Long) command.get("timeout") - 2;
    command.put("timeout", Math.max(0, left));
    if (left > 0) Thread.sleep(2);
    return left <= 0;
  }

  private static Object perform(Map<String, Object> command, ZMQ.Socket socket) throws Exception {
    switch ((String) command.get("op")) {
      case "bind" -> {
        String address = (String) command.get("address");
        if (!address.endsWith(":*")) {
          socket.bind(address);
          return address;
        }
        String host = address.substring(0, address.length() - 2);
        return host + ":" + socket.bindToRandomPort(host);
      }
      case "connect" -> socket.connect((String) command.get("address"));
      case "send" -> send(socket, parts(command, "parts"));
      case "receive" -> {
        List<Object> encoded = new ArrayList<>();
        for (byte[] part : receive(socket, number(command, "timeout"))) encoded.add(encode(part));
        return encoded;
      }
      case "subscribe" -> {
        for (byte[] topic : parts(command, "topics")) socket.subscribe(topic);
      }
      case "unsubscribe" -> {
        for (byte[] topic : parts(command, "topics")) socket.unsubscribe(topic);
      }
      case "pump" -> pump(socket, number(command, "count"), number(command, "size"));
      case "drain" -> {
        return drain(socket, number(command, "count"), number(command, "timeout"));
      }
      case "echo" -> {
        for (int left = number(command, "count"); left > 0; left--) send(socket, receive(socket, 20000));
      }
      case "close" -> socket.close();
      default -> throw new IllegalArgumentException((String) command.get("op"));
    }
    return null;
  }

  private static void send(ZMQ.Socket socket, List<byte[]> parts) {
    for (int i = 0; i < parts.size(); i++) {
      int flags = i < parts.size() - 1 ? ZMQ.SNDMORE : 0;
      if (!socket.send(parts.get(i), flags)) throw new IllegalStateException("not sent");
    }
  }

  private static List<byte[]> receive(ZMQ.Socket socket, int timeout) {
    socket.setReceiveTimeOut(timeout);
    List<byte[]> parts = new ArrayList<>();
    do {
      byte[] part = socket.recv();
      if (part == null) throw new IllegalStateException("nothing came within " + timeout + " ms");
      parts.add(part);
    } while (socket.hasReceiveMore());
    return parts;
  }

  private static void pump(ZMQ.Socket socket, int count, int size) {
    for (int number = 0; number < count; number++) {
      byte[] body = new byte[size];
      for (int i = 0; i < 4; i++) body[i] = (byte) (number >>> (24 - 8 * i));
      if (!socket.send(body, 0)) throw new IllegalStateException("not sent");
    }
  }

  private static Object drain(ZMQ.Socket socket, int count, int timeout) {
    int came = 0;
    int first = -1;
    int last = -1;
    int doubles = 0;
    boolean ascending = true;
    boolean[] seen = new boolean[1 << 20];
    while (came < count) {
      List<byte[]> parts;
      try {
        parts = receive(socket, timeout);
      } catch (IllegalStateException silence) {
        break;
      }
      byte[] body = parts.get(parts.size() - 1);
      int number = 0;
      for (int i = 0; i < 4; i++) number = number << 8 | body[i] & 255;
      if (came++ == 0) first = number;
      else if (number <= last) ascending = false;
      if (seen[number]) doubles++;
      seen[number] = true;
      last = number;
    }
    return Map.of("count", came, "first", first, "last", last, "ascending", ascending, "doubles", doubles);
  }

  /** What comes from the test: text is base64, else it is the size and seed of a pattern. */
  private static List<byte[]> parts(Map<String, Object> command, String name) {
    List<byte[]> parts = new ArrayList<>();
    for (Object part : (List<?>) command.get(name)) {
      if (part instanceof String text) {
        parts.add(Base64.getDecoder().decode(text));
        continue;
      }
      Map<?, ?> given = (Map<?, ?>) part;
      byte[] body = new byte[((Long) given.get("size")).intValue()];
      long seed = (Long) given.get("seed");
      for (int i = 0; i < body.length; i++) body[i] = (byte) ((seed + i) % 251);
      parts.add(body);
    }
    return parts;
  }

  private static Object encode(byte[] part) throws Exception {
    if (part.length <= LONG) return Base64.getEncoder().encodeToString(part);
    StringBuilder hex = new StringBuilder();
    for (byte octet : MessageDigest.getInstance("SHA-256").digest(part)) hex.append(String.format("%02x", octet));
    return Map.of("size", part.length, "sha256", hex.toString());
  }

  private static int number(Map<String, Object> command, String name) {
    return ((Long) command.get(name)).intValue();
  }

  private static void answer(Map<String, Object> command, Object result) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("id", command.get("id"));
    all.put("result", result);
    say(all);
  }

  private static synchronized void say(Map<String, ?> message) {
    System.out.println(Json.write(message));
    System.out.flush();
  }

  /** As much of JSON as the tests write: no exponents, and no escapes but those of JSON.stringify. */
  private static final class Json {
    private final String text;
    private int at;

    Json(String text) {
      this.text = text;
    }

    Object value() {
      char first = text.charAt(at);
      if (first == '"') return string();
      if (first == '{') return object();
      if (first == '[') return array();
      int start = at;
      while (at < text.length() && ",]}".indexOf(text.charAt(at)) < 0) at++;
      String word = text.substring(start, at);
      if (word.equals("null")) return null;
      return word.equals("true") || word.equals("false") ? Boolean.valueOf(word) : Long.valueOf(word);
    }

    private Map<String, Object> object() {
      Map<String, Object> all = new LinkedHashMap<>();
      for (at++; text.charAt(at) != '}';) {
        if (text.charAt(at) == ',') at++;
        String name = string();
        at++; // The colon.
        all.put(name, value());
      }
      at++;
      return all;
    }

    private List<Object> array() {
      List<Object> all = new ArrayList<>();
      for (at++; text.charAt(at) != ']';) {
        if (text.charAt(at) == ',') at++;
        all.add(value());
      }
      at++;
      return all;
    }

    private String string() {
      StringBuilder all = new StringBuilder();
      for (at++; text.charAt(at) != '"'; at++) {
        if (text.charAt(at) != '\\') {
          all.append(text.charAt(at));
          continue;
        }
        char escaped = text.charAt(++at);
        if (escaped != 'u') all.append(escaped);
        else {
          all.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
          at += 4;
        }
      }
      at++;
      return all.toString();
    }

    static String write(Object value) {
      StringBuilder all = new StringBuilder();
      if (value instanceof Map<?, ?> map) {
        map.forEach((name, each) -> all.append(all.length() == 0 ? "" : ",").append(write(name)).append(":").append(write(each)));
        return "{" + all + "}";
      }
      if (value instanceof List<?> list) {
        list.forEach(each -> all.append(all.length() == 0 ? "" : ",").append(write(each)));
        return "[" + all + "]";
      }
      if (!(value instanceof String text)) return String.valueOf(value);
      for (char each : text.toCharArray()) {
        if (each == '"' || each == '\\') all.append('\\');
        if (each < ' ') all.append(String.format("\\u%04x", (int) each));
        else all.append(each);
      }
      return "\"" + all + "\"";
    }
  }
}
