package dev.penstock.replication.peer;

import dev.penstock.replication.flow.BodyReader;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.site.Sender;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Volumes of a peer, as a job here fetches them. */
public final class RemoteSender implements Sender {
  private final PeerClient peer;
  private final String anchorTag;
  private final Optional<RecordCompression> compression;
  private final Duration limit;

  /**
   * @param anchorTag what the peer calls the anchor of this job
   * @param compression what the peer is asked to compress with
   * @param limit how long it may take to begin a stream
   */
  public RemoteSender(
      PeerClient peer, String anchorTag, Optional<RecordCompression> compression, Duration limit) {
    this.peer = peer;
    this.anchorTag = anchorTag;
    this.compression = compression;
    this.limit = limit;
  }

  @Override
  public Histories histories() throws InterruptedException {
    return HistoryJson.histories(
        peer.ask(HttpMethod.GET, Api.SENDER, new JsonObject(), Api.LISTING_BYTES_MAX));
  }

  @Override
  public VolumeHistory history(String volume) throws InterruptedException {
    return HistoryJson.history(peer.ask(HttpMethod.GET, of(volume, ""), new JsonObject()));
  }

  private static String of(String volume, String rest) {
    return Api.SENDER + "/" + PeerClient.segment(volume) + rest;
  }

  @Override
  public void need(String volume, Set<UUID> snapshots) throws InterruptedException {
    var guids = new JsonArray();
    snapshots.forEach(guid -> guids.add(guid.toString()));
    peer.ask(HttpMethod.POST, of(volume, "/need"), new JsonObject().put("snapshots", guids));
  }

  @Override
  public String anchorTag() {
    return anchorTag;
  }

  @Override
  public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
    peer.anchor(of(volume, "/anchor"), snapshot, guid);
  }

  @Override
  public Bytes open(String volume, StreamHeader header) throws InterruptedException {
    Future<HttpClientRequest> asked = peer.request(HttpMethod.GET, of(volume, "/stream"));
    Future<Body> begun =
        asked.compose(request -> {
          request.putHeader(Api.STREAM_HEADER, HistoryJson.json(header).encode());
          compression.ifPresent(
              one -> request.putHeader(Api.COMPRESSION_HEADER, Integer.toString(one.id())));
          // Here, on the request's own context: whoever waits may come after all of it has.
          return request
              .send()
              .compose(response ->
                  response.statusCode() == 200
                      ? Future.succeededFuture(new Body(response))
                      : peer.refusal(response).compose(Future::failedFuture));
        });
    try {
      return peer.wait(asked, begun, limit, "the beginning of a stream from peer " + peer.peer());
    } catch (InterruptedException | RuntimeException e) {
      begun.onSuccess(Body::close);
      throw e;
    }
  }

  /** An answer that is read as it comes; one that is left in its middle ends its connection. */
  private final class Body implements Bytes {
    private final HttpClientResponse response;
    private final BodyReader reader;
    private volatile boolean ended;

    /** On the context of the response. */
    Body(HttpClientResponse response) {
      this.response = response;
      this.reader = new BodyReader(response, peer.context(), "peer " + peer.peer());
    }

    @Override
    public Optional<ByteBuffer> next() throws InterruptedException {
      Optional<ByteBuffer> bytes = reader.next();
      ended = bytes.isEmpty();
      return bytes;
    }

    @Override
    public long position() {
      return reader.position();
    }

    @Override
    public void spent() {
      reader.spent();
    }

    @Override
    public void close() {
      reader.close();
      if (!ended) response.request().connection().close();
    }
  }
}
