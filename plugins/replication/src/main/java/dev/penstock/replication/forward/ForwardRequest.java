package dev.penstock.replication.forward;

import static java.util.Objects.requireNonNullElse;

import dev.penstock.replication.forward.Visitor.Work;
import dev.penstock.replication.peer.PeerRequests;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeGate.Passage;
import dev.penstock.spi.volume.ZeroMode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * What a client that is led on asks of its volume.
 *
 * @param passage how it passes the gate
 * @param what is done, with what the request brought
 */
record ForwardRequest(Passage passage, Function<Buffer, Work> what) {
  private static final Buffer DONE = new JsonObject().toBuffer();

  /** {@link GatewayError.NotFound} if it is nothing that one can ask. */
  static ForwardRequest read(String what, HttpServerRequest request) {
    return switch (request.method().name() + " " + what) {
      case "GET " + ForwardApi.OPEN -> reads(volume -> Wording.describe(volume).toBuffer());
      case "GET " + ForwardApi.BYTES -> reads(bytes(number(request, "offset"), piece(request)));
      case "GET " + ForwardApi.EXTENTS -> {
        long offset = number(request, "offset");
        long length = number(request, "length");
        yield reads(volume -> Wording.extents(volume, offset, length).toBuffer());
      }
      case "POST " + ForwardApi.FLUSH ->
          reads(volume -> {
            volume.flush();
            return DONE;
          });
      case "PUT " + ForwardApi.BYTES -> write(request);
      case "POST " + ForwardApi.TRIM -> trim(request);
      case "POST " + ForwardApi.ZERO -> zero(request);
      default -> throw PeerRequests.unknown(request);
    };
  }

  Work work(Buffer body) {
    return what.apply(body);
  }

  private static ForwardRequest reads(Work work) {
    return new ForwardRequest(Passage.READ, _ -> work);
  }

  private static ForwardRequest changes(Function<Buffer, Work> work) {
    return new ForwardRequest(Passage.WRITE, work);
  }

  private static Work bytes(long offset, int length) {
    return volume -> {
      byte[] bytes = new byte[length];
      volume.read(offset, ByteBuffer.wrap(bytes));
      return Buffer.buffer(bytes);
    };
  }

  private static ForwardRequest write(HttpServerRequest request) {
    long offset = number(request, "offset");
    boolean durably = "true".equals(request.getParam("durable"));
    return changes(body ->
        volume -> {
          ByteBuffer source = ByteBuffer.wrap(body.getBytes());
          if (durably) volume.writeDurably(offset, source);
          else volume.write(offset, source);
          return DONE;
        });
  }

  private static ForwardRequest trim(HttpServerRequest request) {
    long offset = number(request, "offset");
    long length = number(request, "length");
    return changes(_ ->
        volume -> {
          volume.trim(offset, length);
          return DONE;
        });
  }

  private static ForwardRequest zero(HttpServerRequest request) {
    long offset = number(request, "offset");
    long length = number(request, "length");
    ZeroMode mode = Wording.zeroMode(requireNonNullElse(request.getParam("mode"), ""));
    return changes(_ ->
        volume -> {
          volume.zero(offset, length, mode);
          return DONE;
        });
  }

  private static int piece(HttpServerRequest request) {
    long length = number(request, "length");
    if (length < 0 || length > ForwardApi.PIECE_BYTES_MAX)
      throw new GatewayError.Invalid(
          "an answer brings up to %d bytes, not %d".formatted(ForwardApi.PIECE_BYTES_MAX, length));
    return (int) length;
  }

  private static long number(HttpServerRequest request, String key) {
    return Wording.sound(() -> Long.parseLong(requireNonNullElse(request.getParam(key), "")));
  }
}
