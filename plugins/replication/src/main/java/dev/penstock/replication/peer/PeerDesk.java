package dev.penstock.replication.peer;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.BodyReader;
import dev.penstock.replication.flow.BodyWriter;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.peer.PeerStreams.Stream;
import dev.penstock.replication.peer.PeerStreams.Way;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers the requests of peers: what each may do is in the {@link Guest} that it is.
 *
 * <p><b>Threads.</b> Requests come on event loops; what has to wait does so on threads of the host,
 * and a stream is a task that everybody can see.
 */
public final class PeerDesk {
  /** What the names of a peer's jobs look like: they become part of tags. */
  private static final Pattern JOB = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,47}");

  private static final Pattern VOLUME_PATH =
      Pattern.compile(
          "(%s|%s|%s)(?:/([^/]+)(?:/([a-z]+))?)?"
              .formatted(Api.SENDER, Api.RECEIVER, Api.MIGRATION));

  private static final Pattern HANDOFF_PATH = Pattern.compile(Api.HANDOFF + "/([^/]+)/([a-z]+)");

  private final Vertx vertx;
  private final Tasks tasks;
  private final SiteLimits limits;
  private final Forwarded forwarded;
  private final JsonObject hello;

  private final PeerStreams streams = new PeerStreams();

  /** A peer that has come in. */
  public interface Guest {
    String name();

    /** {@link GatewayError.Denied} if it may fetch nothing. */
    Sender sender(String job, Optional<Integer> compression);

    /** {@link GatewayError.Denied} if it may send nothing. */
    Receiver receiver(String job);

    /**
     * {@link GatewayError.Denied} if it may hand nothing over to here.
     *
     * @param offer which migration it sends for; empty if it did not say
     */
    default Receiver migration(Optional<Epoch> offer) {
      throw new GatewayError.Denied(
          "peer %s may hand nothing over to here: it has no migrate".formatted(name()));
    }

    /** Answers what it says of who owns a volume, by the name that it has for it. Waits. */
    default Answer say(String volume, Message message) throws InterruptedException {
      throw new GatewayError.Denied(
          "peer %s may hand nothing over to here: it has no migrate".formatted(name()));
    }

    default boolean mayMigrate() {
      return false;
    }

    /** How many streams it may have under way. */
    int streamsMax();

    /**
     * What a volume is called here that it hands over, and leads clients on to; {@link
     * GatewayError.Denied} if it may not.
     */
    String handedOver(String volume);

    boolean maySend();

    boolean mayFetch();
  }

  /** Answers the requests of clients that a peer leads on to here. */
  public interface Forwarded {
    /**
     * On the context of the request.
     *
     * @param volume by the name that the guest has for it
     * @param what is asked of it
     */
    void answer(Guest guest, String volume, String what, HttpServerRequest request);
  }

  /**
   * @param hello what this gateway says of itself, but for what the guest may
   */
  public PeerDesk(
      Vertx vertx, Tasks tasks, SiteLimits limits, Forwarded forwarded, JsonObject hello) {
    this.vertx = vertx;
    this.tasks = tasks;
    this.limits = limits;
    this.forwarded = forwarded;
    this.hello = hello;
  }

  /** The longest that nothing may go over a connection: then nobody is there any more. */
  Duration quiet() {
    return limits.piece().plus(limits.asking()).plus(limits.finishing());
  }

  /** On the context of the request. */
  public void answer(Guest guest, HttpServerRequest request) {
    try {
      route(guest, request);
    } catch (GatewayError refusal) {
      breakOff(request, refusal);
    } catch (RuntimeException bug) {
      breakOff(request, new GatewayError.Failed(Scope.REQUEST, "the request failed: " + bug, bug));
    }
  }

  private void route(Guest guest, HttpServerRequest request) {
    String asked = String.valueOf(request.path());
    if (asked.equals(Api.HELLO)) {
      question(request, _ -> hello(guest));
      return;
    }
    Matcher handoff = HANDOFF_PATH.matcher(asked);
    if (handoff.matches()) {
      forwarded.answer(guest, volume(handoff.group(1)), handoff.group(2), request);
      return;
    }
    Matcher path = VOLUME_PATH.matcher(asked);
    if (!path.matches()) throw unknown(request);
    String job = job(request);
    Optional<String> volume = Optional.ofNullable(path.group(2)).map(PeerDesk::volume);
    String what = path.group(3) == null ? "" : path.group(3);
    switch (path.group(1)) {
      case Api.SENDER -> sender(guest, job, volume, what, request);
      case Api.RECEIVER -> receiver(guest, guest.receiver(job), job, volume, what, request);
      default -> migration(guest, job, volume, what, request);
    }
  }

  /** It becomes part of messages and of the names of tasks before anybody looks for it. */
  private static String volume(String segment) {
    return VolumeName.require(
        HistoryJson.sound(() -> URLDecoder.decode(segment, StandardCharsets.UTF_8)));
  }

  /** What a gateway says of itself to whoever comes in. */
  public static JsonObject hello(String gateway, List<RecordCompression> compressions) {
    var ids = new JsonArray();
    compressions.forEach(one -> ids.add(one.id()));
    return new JsonObject()
        .put("gateway", gateway)
        .put("versions", new JsonArray().add(Api.VERSION))
        .put("compressions", ids);
  }

  private static String job(HttpServerRequest request) {
    String job = request.getHeader(Api.JOB_HEADER);
    if (job == null || !JOB.matcher(job).matches())
      throw new GatewayError.Invalid("the request does not say which job it is of");
    return job;
  }

  private JsonObject hello(Guest guest) throws InterruptedException {
    var said =
        hello
            .copy()
            .put("you_are", guest.name())
            .put("push", guest.maySend())
            .put("pull", guest.mayFetch())
            .put("migrate", guest.mayMigrate());
    if (guest.maySend()) said.put("may_roll_back", guest.receiver("hello").consentsToRollBack());
    return said;
  }

  private void sender(
      Guest guest, String job, Optional<String> volume, String what, HttpServerRequest request) {
    Sender sender = guest.sender(job, compression(request));
    HttpMethod method = request.method();
    if (volume.isEmpty() && method.equals(HttpMethod.GET)) {
      lines(request, () -> HistoryJson.lines(sender.histories()));
      return;
    }
    String name = volume.orElseThrow(() -> unknown(request));
    switch (method.name() + " " + what) {
      case "GET " -> question(request, _ -> HistoryJson.json(sender.history(name)));
      case "POST need" ->
          question(
              request,
              json -> {
                sender.need(name, guids(json, "snapshots"));
                return new JsonObject();
              });
      case "POST anchor" -> question(request, json -> anchored(json, name, sender::anchor));
      case "GET stream" -> {
        StreamHeader header = header(request);
        var stream = new Stream(guest.name(), job, name, Way.GOES);
        streams.begin(stream, request, guest.streamsMax());
        download(stream, sender, header, request);
      }
      default -> throw unknown(request);
    }
  }

  private void migration(
      Guest guest, String job, Optional<String> volume, String what, HttpServerRequest request) {
    if (!what.equals("message")) {
      receiver(guest, guest.migration(offer(request)), job, volume, what, request);
      return;
    }
    String name = volume.orElseThrow(() -> unknown(request));
    question(
        request,
        json -> HandoffJson.write(guest.say(name, HandoffJson.message(json, guest.name()))));
  }

  private void receiver(
      Guest guest,
      Receiver receiver,
      String job,
      Optional<String> volume,
      String what,
      HttpServerRequest request) {
    HttpMethod method = request.method();
    if (volume.isEmpty() && method.equals(HttpMethod.GET)) {
      lines(request, () -> HistoryJson.lines(receiver.histories()));
      return;
    }
    String name = volume.orElseThrow(() -> unknown(request));
    switch (method.name() + " " + what) {
      case "GET " ->
          question(
              request,
              _ ->
                  HistoryJson.json(
                      receiver
                          .history(name)
                          .orElseThrow(
                              () -> new GatewayError.NotFound("there is no copy of " + name))));
      case "POST retention" ->
          question(
              request,
              json -> {
                var going = new JsonArray();
                receiver.letsGo(name, planned(json)).forEach(guid -> going.add(guid.toString()));
                return new JsonObject().put("lets_go", going);
              });
      case "POST prepare" ->
          question(
              request,
              json -> {
                receiver.prepare(name, PreparationJson.read(json));
                return new JsonObject();
              });
      case "POST anchor" -> question(request, json -> anchored(json, name, receiver::anchor));
      case "PUT stream" -> {
        StreamHeader header = header(request);
        var stream = new Stream(guest.name(), job, name, Way.COMES);
        streams.begin(stream, request, guest.streamsMax());
        upload(stream, receiver, header, request);
      }
      default -> throw unknown(request);
    }
  }

  public static GatewayError unknown(HttpServerRequest request) {
    return new GatewayError.NotFound(
        "%s %s is nothing of version %d of the peer API"
            .formatted(request.method(), request.path(), Api.VERSION));
  }

  private static Optional<Integer> compression(HttpServerRequest request) {
    return Optional.ofNullable(request.getHeader(Api.COMPRESSION_HEADER))
        .map(text -> HistoryJson.sound(() -> Integer.valueOf(text)));
  }

  private static Optional<Epoch> offer(HttpServerRequest request) {
    return Optional.ofNullable(request.getHeader(Api.OFFER_HEADER))
        .map(text -> HistoryJson.sound(() -> epoch(text)));
  }

  private static Epoch epoch(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) throw new IllegalArgumentException(text + " is no epoch");
    return new Epoch(
        Long.parseLong(text.substring(0, slash)), UUID.fromString(text.substring(slash + 1)));
  }

  private static StreamHeader header(HttpServerRequest request) {
    String text = request.getHeader(Api.STREAM_HEADER);
    if (text == null)
      throw new GatewayError.Invalid("the request does not say what its stream brings");
    return HistoryJson.header(text);
  }

  private static Set<UUID> guids(JsonObject json, String key) {
    return HistoryJson.sound(() -> {
      Set<UUID> guids = new HashSet<>();
      for (Object one : json.getJsonArray(key)) guids.add(UUID.fromString((String) one));
      return guids;
    });
  }

  private static List<SnapshotInfo> planned(JsonObject json) {
    return HistoryJson.sound(() -> {
      List<SnapshotInfo> planned = new ArrayList<>();
      for (Object one : json.getJsonArray("planned"))
        planned.add(HistoryJson.snapshot((JsonArray) one));
      return planned;
    });
  }

  /** Either end. */
  @FunctionalInterface
  private interface Anchoring {
    void anchor(String volume, String snapshot, UUID guid) throws InterruptedException;
  }

  private static JsonObject anchored(JsonObject json, String volume, Anchoring end)
      throws InterruptedException {
    String snapshot = HistoryJson.sound(() -> HistoryJson.text(json, "name"));
    UUID guid = HistoryJson.sound(() -> HistoryJson.guid(json, "guid"));
    end.anchor(volume, snapshot, guid);
    return new JsonObject();
  }

  /** Makes an answer, on a thread that may wait. */
  @FunctionalInterface
  private interface Reply {
    JsonObject to(JsonObject question) throws InterruptedException;
  }

  private void question(HttpServerRequest request, Reply reply) {
    Buffer body = Buffer.buffer();
    boolean[] tooLong = {false};
    request.handler(bytes -> {
      if (body.length() + bytes.length() > Api.QUESTION_BYTES_MAX) tooLong[0] = true;
      else body.appendBuffer(bytes);
    });
    request
        .end()
        .compose(_ -> {
          if (tooLong[0])
            throw new GatewayError.Invalid(
                "the question has more than %d bytes".formatted(Api.QUESTION_BYTES_MAX));
          JsonObject asked =
              body.length() == 0 ? new JsonObject() : HistoryJson.sound(() -> new JsonObject(body));
          return brief(request, () -> reply.to(asked));
        })
        .onSuccess(said -> request.response().end(said.toBuffer()))
        .onFailure(why -> refuse(request, why));
  }

  private void lines(HttpServerRequest request, Callable<Buffer> reply) {
    brief(request, reply)
        .onSuccess(said -> request.response().end(said))
        .onFailure(why -> refuse(request, why));
  }

  private <T> Future<T> brief(HttpServerRequest request, Callable<T> work) {
    return tasks.brief(request.method() + " " + request.path(), limits.asking(), work);
  }

  private void download(
      Stream what, Sender sender, StreamHeader header, HttpServerRequest request) {
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
        .onFailure(why -> breakOff(request, why));
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

  private void upload(
      Stream what, Receiver receiver, StreamHeader header, HttpServerRequest request) {
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
        .onFailure(why -> breakOff(request, why));
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

  /** Nothing of the body was read, or all of it. */
  public static void refuse(HttpServerRequest request, Throwable why) {
    HttpServerResponse response = request.response();
    if (response.headWritten() || response.closed()) {
      request.connection().close();
      return;
    }
    GatewayError error =
        why instanceof GatewayError known
            ? known
            : new GatewayError.Failed(Scope.REQUEST, String.valueOf(why), why);
    response.setStatusCode(ErrorJson.status(error)).end(ErrorJson.write(error).toBuffer());
  }

  /**
   * In the middle of a stream. Whoever sends reads the answer, and hangs up: to hang up here at
   * once would take the answer with it. Who goes on sending is not listened to for long.
   */
  private void breakOff(HttpServerRequest request, Throwable why) {
    refuse(request, why);
    if (request.isEnded()) return;
    vertx.setTimer(
        Api.ASK_AGAIN.toMillis(),
        _ -> {
          if (!request.isEnded()) request.connection().close();
        });
  }
}
