package dev.penstock.replication.peer;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The streams that peers have under way here. Each is a task of the gateway, so none may have any
 * number of them. A job that begins one again has lost the one before, or given it up: that one is
 * cut, and does not count any longer.
 *
 * <p><b>Threads.</b> Any.
 */
final class PeerStreams {
  enum Way {
    COMES,
    GOES
  }

  /** What can be under way once. */
  record Stream(String peer, String job, String volume, Way way) {}

  private final Map<HttpServerRequest, Stream> underWay = new HashMap<>();

  /** Of those that are under way: their connections are closed, and their tasks soon hear of it. */
  private final Set<HttpServerRequest> cut = new HashSet<>();

  /**
   * @param most how many the peer may have
   * @throws GatewayError.Unavailable if it has as many
   */
  void begin(Stream stream, HttpServerRequest request, int most) {
    for (HttpServerRequest before : enter(stream, request, most)) before.connection().close();
  }

  /** Which ones are to be cut. */
  private synchronized List<HttpServerRequest> enter(
      Stream stream, HttpServerRequest request, int most) {
    List<HttpServerRequest> before = new ArrayList<>();
    int others = 0;
    int leaving = 0;
    for (var one : underWay.entrySet()) {
      if (!one.getValue().peer().equals(stream.peer())) continue;
      if (cut.contains(one.getKey())) leaving++;
      else if (one.getValue().equals(stream)) before.add(one.getKey());
      else others++;
    }
    if (others >= most || leaving + before.size() > most)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE,
          Api.ASK_AGAIN,
          "peer %s has %d streams under way here, and streams_max is %d: have fewer steps there, or give it more"
              .formatted(stream.peer(), others + leaving + before.size(), most));
    cut.addAll(before);
    underWay.put(request, stream);
    return before;
  }

  synchronized void ended(HttpServerRequest request) {
    underWay.remove(request);
    cut.remove(request);
  }
}
