package dev.penstock.replication.forward;

import dev.penstock.replication.peer.PeerAnswers;
import dev.penstock.replication.peer.PeerDesk;
import dev.penstock.replication.peer.PeerDesk.Guest;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.volume.VolumeGate.Passage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Serves the clients that other gateways lead on to here, as if they were connected here. Handoff
 * rule 15: what they ask is done only while the connection that brought it is open, and only once
 * all of it has come. A change that may have been on its way for long is not done either: its
 * client can have gone away and come back meanwhile, by another way, and have written something
 * newer.
 *
 * <p><b>Lifecycle.</b> {@link #close} once nobody comes in any more. <b>Threads.</b> Each
 * connection's event loop.
 */
public final class ForwardDesk implements PeerDesk.Forwarded {
  /** The sender has heard of the time by this answer, and asks again at once. */
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final Vertx vertx;
  private final JoinedVolumes volumes;
  private final Pulse pulse;
  private final Map<HttpConnection, Visitor> visitors = new ConcurrentHashMap<>();

  /**
   * @param user who uses the volumes, for messages
   */
  public ForwardDesk(String user, Vertx vertx, Supplier<Handoffs> handoffs) {
    this(user, vertx, handoffs, Pulse.ofThisProcess());
  }

  ForwardDesk(String user, Vertx vertx, Supplier<Handoffs> handoffs, Pulse pulse) {
    this.vertx = vertx;
    this.volumes = new JoinedVolumes(user, vertx, handoffs, System::nanoTime);
    this.pulse = pulse;
  }

  @Override
  public void answer(Guest guest, String volume, String what, HttpServerRequest request) {
    String name = guest.handedOver(volume);
    Epoch since = epoch(request);
    var asked = ForwardRequest.read(what, request);
    Visitor visitor = visitor(request.connection());
    body(request)
        .compose(body -> {
          if (asked.passage() == Passage.WRITE) requireFresh(request);
          return volumes
              .at(name, since)
              .compose(joined -> joined.gate())
              .compose(gate -> visitor.pass(name, gate, asked.passage(), asked.work(body)));
        })
        .onSuccess(said -> told(request).end(said))
        .onFailure(why -> {
          told(request);
          PeerAnswers.refuse(request, why);
        });
  }

  /**
   * Clients of another gateway are about to come for a volume that was handed over to here: they
   * wait already, and find it open. It is closed again if nobody comes.
   */
  public void expect(String volume, Epoch since) {
    volumes.at(volume, since).otherwiseEmpty();
  }

  private HttpServerResponse told(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    return response.headWritten() || response.closed()
        ? response
        : response.putHeader(ForwardApi.NOW_HEADER, pulse.now());
  }

  private static Epoch epoch(HttpServerRequest request) {
    String text = request.getHeader(ForwardApi.EPOCH_HEADER);
    if (text == null)
      throw new GatewayError.Invalid(
          "the request does not say in which epoch its client's volume was handed over");
    return ForwardApi.epoch(text);
  }

  private void requireFresh(HttpServerRequest request) {
    Optional<String> heard = Optional.ofNullable(request.getHeader(ForwardApi.HEARD_HEADER));
    if (pulse.isFresh(heard, ForwardApi.LATE_MAX)) return;
    throw new GatewayError.Unavailable(
        Scope.REQUEST,
        AT_ONCE,
        "this change may have been on its way for more than %d s"
            .formatted(ForwardApi.LATE_MAX.toSeconds()));
  }

  private Visitor visitor(HttpConnection connection) {
    return visitors.computeIfAbsent(
        connection,
        _ -> {
          var visitor = new Visitor(vertx, vertx.getOrCreateContext());
          connection.closeHandler(_ -> {
            visitors.remove(connection);
            visitor.leave();
          });
          return visitor;
        });
  }

  /** Fails if the connection ends before all of it has come. */
  private static Future<Buffer> body(HttpServerRequest request) {
    Buffer body = Buffer.buffer();
    boolean[] tooLong = {false};
    request.handler(bytes -> {
      if (body.length() + bytes.length() > ForwardApi.PIECE_BYTES_MAX) tooLong[0] = true;
      else body.appendBuffer(bytes);
    });
    return request
        .end()
        .map(_ -> {
          if (tooLong[0])
            throw new GatewayError.Invalid(
                "a request brings up to %d bytes".formatted(ForwardApi.PIECE_BYTES_MAX));
          return body;
        });
  }

  /** Gives back what is open. */
  public Future<Void> close() {
    return volumes.close();
  }
}
