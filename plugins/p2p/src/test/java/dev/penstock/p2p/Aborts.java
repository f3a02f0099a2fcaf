package dev.penstock.p2p;

import java.util.ArrayList;
import java.util.List;

/** Requests that are aborted, at each stage of each kind. */
public final class Aborts {
  /** Of the content that is put: a backend whose content is only measured. */
  public static final int PUT_BYTES = 100_000;

  /** How many keys are put; each has the part of it that came last. */
  public static final int PUT_KEYS = 10;

  /** One of each stage: fewer than a repository has connections, which the rest would wait for. */
  private static final int AT_ONCE = Stage.values().length;

  /** Small, so that a large body does not fit between the two. */
  private static final int RECEIVE_BYTES = 4096;

  private final ServedStore server;
  private final String key;

  /** What has been said, and read, when the client goes. */
  private enum Stage {
    GET_HALF_OF_THE_HEADERS,
    GET_HEADERS,
    GET_IN_THE_MIDDLE,
    PUT_HALF_OF_THE_HEADERS,
    PUT_HEADERS,
    PUT_IN_THE_MIDDLE,
    PUT_BEFORE_THE_ANSWER,
    LOCK_HALF_OF_THE_HEADERS,
    LOCK_BEFORE_THE_ANSWER,
    KEEP_IN_THE_MIDDLE,
    PRESENT_HALF_OF_THE_HEADERS,
    PRESENT_BEFORE_THE_ANSWER
  }

  /**
   * @param key of content that is there, and does not fit in the buffers of a connection
   */
  public Aborts(ServedStore server, String key) {
    this.server = server;
    this.key = key;
  }

  public static String putKey(int number) {
    return "WORM-s%d-m1--put%d".formatted(PUT_BYTES, number % PUT_KEYS);
  }

  /** All stages, one after the other, some at once, until so many requests were aborted. */
  public void abort(int count) {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Stage stage = Stage.values()[i % Stage.values().length];
      clients.add(begun(stage, new RawClient(server.port(), RECEIVE_BYTES), i));
      if (clients.size() < AT_ONCE && i + 1 < count) continue;
      clients.forEach(RawClient::abort);
      clients.clear();
    }
  }

  private RawClient begun(Stage stage, RawClient client, int number) {
    String get = RawClient.request("GET", server.base() + "/v4/key/" + key + "?clientuuid=c", "");
    String put = put(putKey(number));
    String lock = post("lockcontent");
    String present = post("checkpresent");
    return switch (stage) {
      case GET_HALF_OF_THE_HEADERS -> client.send(half(get));
      case GET_HEADERS -> client.send(get);
      case GET_IN_THE_MIDDLE -> readsTheBeginning(client.send(get));
      case PUT_HALF_OF_THE_HEADERS -> client.send(half(put));
      case PUT_HEADERS -> client.send(put);
      case PUT_IN_THE_MIDDLE -> client.send(put).send(new byte[PUT_BYTES / 2]);
      case PUT_BEFORE_THE_ANSWER -> client.send(put).send(new byte[PUT_BYTES - 1]);
      case LOCK_HALF_OF_THE_HEADERS -> client.send(half(lock));
      case LOCK_BEFORE_THE_ANSWER -> client.send(lock);
      case KEEP_IN_THE_MIDDLE -> keeps(client);
      case PRESENT_HALF_OF_THE_HEADERS -> client.send(half(present));
      case PRESENT_BEFORE_THE_ANSWER -> client.send(present);
    };
  }

  private static String half(String request) {
    return request.substring(0, request.length() / 2);
  }

  private String post(String endpoint) {
    return RawClient.request(
        "POST", "%s/v4/%s?clientuuid=c&key=%s".formatted(server.base(), endpoint, key), "");
  }

  private String put(String of) {
    return "POST %s/v4/put?clientuuid=c&key=%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nX-git-annex-data-length: %d\r\n\r\n"
        .formatted(server.base(), of, PUT_BYTES, PUT_BYTES);
  }

  private static RawClient readsTheBeginning(RawClient client) {
    client.readSome(1000);
    return client;
  }

  /** One lock, which the client goes without letting go of. */
  private RawClient keeps(RawClient client) {
    String id = client.send(post("lockcontent")).read().json().getString("lockid", "none");
    return client.send(
        "POST %s/v4/keeplocked?lockid=%s&clientuuid=c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"unlock\":false}\r\n"
            .formatted(server.base(), id));
  }
}
