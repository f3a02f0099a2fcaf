package dev.penstock.replication.peer;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.BodyReader;
import dev.penstock.replication.flow.BodyWriter;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.peer.PeerStreams.Stream;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Streams of snapshots that come from peers and go to them. Each is a task that everybody can see.
 *
 * <p><b>Threads.</b> Any.
 */
final class PeerTransfers {
  private final Vertx vertx;
  private final Tasks tasks;
  private final SiteLimits limits;
  private final PeerAnswers answers;
  private final PeerStreams streams = new PeerStreams();

  PeerTransfers(Vertx vertx, Tasks tasks, SiteLimits limits, PeerAnswers answers) {
    this.vertx = vertx;
    this.tasks = tasks;
    this.limits = limits;
    this.answers = answers;
  }

  /**
   * Gives a peer what it asks for.
   *
   * @param most how many streams the peer may have
   */
  void download(Stream what, int most, Sender sender, HttpServerRequest request) {
    StreamHeader header = PeerRequests.header(request);
    streams.begin(what, request, most);
    HttpServerResponse response = request.response();
    Context context = vertx.getOrCreateContext();
    var writer = new BodyWriter(response, context, "peer " + what.peer(), limits.piece());
    Promise<Void> gone = Promise.promise();
    response.closeHandler(_ -> gone.tryComplete());
    tasks
        .run(
            "send %s@%s to %s".formatted(what.volume(), header.name(), what.peer()),
            header.sizeBytes(),
            limits.piece(),
            task -> {
              try (Bytes bytes = sender.open(what.volume(), header)) {
                context.runOnContext(_ -> response.setChunked(true));
                send(bytes, writer, task, gone.future());
              }
              return Optional.empty();
            })
        .onComplete(_ -> streams.ended(request)) // before the peer hears of it, and begins another
        .onSuccess(_ -> response.end())
        .onFailure(why -> answers.breakOff(request, why));
  }

  private static void send(Bytes bytes, BodyWriter writer, Task task, Future<Void> gone)
      throws InterruptedException {
    for (Optional<ByteBuffer> piece = bytes.next(); piece.isPresent(); piece = bytes.next()) {
      if (gone.isComplete())
        throw new GatewayError.Unavailable(
            Scope.CONNECTION, Api.ASK_AGAIN, "the peer went away in the middle of the stream");
      writer.write(piece.get());
      task.reached(bytes.position());
    }
    writer.settle();
    bytes.spent();
  }

  /**
   * Takes what a peer sends.
   *
   * @param most how many streams the peer may have
   */
  void upload(Stream what, int most, Receiver receiver, HttpServerRequest request) {
    StreamHeader header = PeerRequests.header(request);
    streams.begin(what, request, most);
    var reader = new BodyReader(request, vertx.getOrCreateContext(), "peer " + what.peer());
    tasks
        .run(
            "receive %s@%s from %s".formatted(what.volume(), header.name(), what.peer()),
            header.sizeBytes(),
            limits.piece(),
            task -> received(receiver, what.volume(), header, reader, task))
        .onComplete(_ -> streams.ended(request))
        .onSuccess(_ ->
            request
                .response()
                .end(new JsonObject().put("received", header.to().toString()).toBuffer()))
        .onFailure(why -> answers.breakOff(request, why));
  }

  private static Optional<Void> received(
      Receiver receiver, String volume, StreamHeader header, BodyReader reader, Task task)
      throws InterruptedException {
    try (reader;
        Arrival arrival = receiver.receive(volume, header)) {
      for (Optional<ByteBuffer> piece = reader.next(); piece.isPresent(); piece = reader.next()) {
        arrival.take(piece.get());
        task.reached(arrival.position());
      }
      arrival.complete();
      reader.spent();
    }
    return Optional.empty();
  }
}
