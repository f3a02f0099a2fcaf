package dev.penstock.replication.peer;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.BodyWriter;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Copies at a peer, as a job here sends to them. */
public final class RemoteReceiver implements Receiver {
  private final PeerClient peer;
  private final String root;
  private final SiteLimits limits;

  public RemoteReceiver(PeerClient peer, SiteLimits limits) {
    this(peer, Api.RECEIVER, limits);
  }

  private RemoteReceiver(PeerClient peer, String root, SiteLimits limits) {
    this.peer = peer;
    this.root = root;
    this.limits = limits;
  }

  /**
   * Where volumes come that are handed over.
   *
   * @param offer which migration it is; empty as long as nothing was offered
   */
  public static RemoteReceiver ofMigration(
      PeerClient peer, SiteLimits limits, Supplier<Optional<Epoch>> offer) {
    return new RemoteReceiver(
        peer.saying(Api.OFFER_HEADER, () -> offer.get().map(Epoch::toString)),
        Api.MIGRATION,
        limits);
  }

  @Override
  public Histories histories() throws InterruptedException {
    return HistoryJson.histories(
        peer.ask(HttpMethod.GET, root, new JsonObject(), Api.LISTING_BYTES_MAX));
  }

  @Override
  public Optional<VolumeHistory> history(String volume) throws InterruptedException {
    try {
      return Optional.of(
          HistoryJson.history(peer.ask(HttpMethod.GET, of(volume, ""), new JsonObject())));
    } catch (GatewayError.NotFound _) {
      return Optional.empty();
    }
  }

  private String of(String volume, String rest) {
    return root + "/" + PeerClient.segment(volume) + rest;
  }

  @Override
  public boolean consentsToRollBack() throws InterruptedException {
    return peer.hello().mayRollBack();
  }

  @Override
  public Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException {
    var snapshots = new JsonArray();
    planned.forEach(info -> snapshots.add(HistoryJson.json(info)));
    JsonObject answer =
        peer.ask(
            HttpMethod.POST, of(volume, "/retention"), new JsonObject().put("planned", snapshots));
    return HistoryJson.sound(() -> {
      Set<UUID> guids = new HashSet<>();
      for (Object one : answer.getJsonArray("lets_go")) guids.add(UUID.fromString((String) one));
      return guids;
    });
  }

  @Override
  public void prepare(String volume, Preparation what) throws InterruptedException {
    peer.ask(HttpMethod.POST, of(volume, "/prepare"), PreparationJson.write(what));
  }

  @Override
  public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
    peer.anchor(of(volume, "/anchor"), snapshot, guid);
  }

  @Override
  public Arrival receive(String volume, StreamHeader header) throws InterruptedException {
    Future<Upload> begun =
        peer.request(HttpMethod.PUT, of(volume, "/stream"))
            .map(request -> new Upload(request, header));
    return peer.wait(begun, limits.asking(), "a connection to peer " + peer.peer(), Upload::close);
  }

  /** A request whose body is the stream; one that is left in its middle ends its connection. */
  private final class Upload implements Arrival {
    private final HttpClientRequest request;
    private final Context context;
    private final BodyWriter writer;

    /** What the peer says, as soon as it does: it may refuse in the middle. */
    private final Future<JsonObject> answer;

    private final UUID to;
    private boolean ended;

    /** On the context of the request. */
    Upload(HttpClientRequest request, StreamHeader header) {
      this.request = request;
      this.to = header.to();
      this.context = peer.context();
      this.writer = new BodyWriter(request, context, "peer " + peer.peer(), limits.piece());
      this.answer =
          request
              .setChunked(true)
              .putHeader(Api.STREAM_HEADER, HistoryJson.json(header).encode())
              .response()
              .compose(response -> peer.body(response, Api.QUESTION_BYTES_MAX))
              .map(body -> HistoryJson.sound(() -> new JsonObject(body)));
      request.sendHead(); // the peer makes ready while the first bytes are read here
    }

    @Override
    public void take(ByteBuffer bytes) throws InterruptedException {
      refused();
      try {
        writer.write(bytes);
      } catch (GatewayError.Unavailable broken) {
        refused(); // it says why it hung up, if it could
        throw broken;
      }
    }

    private void refused() throws InterruptedException {
      if (answer.isComplete()) answered();
    }

    private void answered() throws InterruptedException {
      JsonObject said =
          peer.wait(answer, limits.finishing(), "the last word of peer " + peer.peer());
      UUID received = HistoryJson.sound(() -> HistoryJson.guid(said, "received"));
      if (!received.equals(to))
        throw new GatewayError.Conflict(
            "peer %s was sent snapshot %s, and has received %s"
                .formatted(peer.peer(), to, received));
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public void complete() throws InterruptedException {
      writer.settle();
      Promise<Void> sent = Promise.promise();
      context.runOnContext(_ -> request.end().onComplete(sent));
      ended = true;
      answered();
    }

    @Override
    public void close() {
      if (!ended || !answer.succeeded()) request.connection().close();
    }
  }
}
