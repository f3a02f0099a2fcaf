package dev.penstock.replication.peer;

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
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers the requests of peers: what each may do is in the {@link Guest} that it is.
 *
 * <p><b>Threads.</b> Requests come on event loops; what has to wait does so on threads of the host,
 * and a stream is a task that everybody can see.
 */
public final class PeerDesk {
  private static final Pattern VOLUME_PATH =
      Pattern.compile(
          "(%s|%s|%s)(?:/([^/]+)(?:/([a-z]+))?)?"
              .formatted(Api.SENDER, Api.RECEIVER, Api.MIGRATION));

  private static final Pattern HANDOFF_PATH = Pattern.compile(Api.HANDOFF + "/([^/]+)/([a-z]+)");

  private final SiteLimits limits;
  private final Forwarded forwarded;
  private final JsonObject hello;
  private final PeerAnswers answers;
  private final PeerTransfers transfers;

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
    this.limits = limits;
    this.forwarded = forwarded;
    this.hello = hello;
    this.answers = new PeerAnswers(vertx, tasks, limits);
    this.transfers = new PeerTransfers(vertx, tasks, limits, answers);
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
      answers.breakOff(request, refusal);
    } catch (RuntimeException bug) {
      answers.breakOff(
          request, new GatewayError.Failed(Scope.REQUEST, "the request failed: " + bug, bug));
    }
  }

  private void route(Guest guest, HttpServerRequest request) {
    String asked = String.valueOf(request.path());
    if (asked.equals(Api.HELLO)) {
      answers.question(request, _ -> hello(guest));
      return;
    }
    Matcher handoff = HANDOFF_PATH.matcher(asked);
    if (handoff.matches()) {
      forwarded.answer(guest, PeerRequests.volume(handoff.group(1)), handoff.group(2), request);
      return;
    }
    Matcher path = VOLUME_PATH.matcher(asked);
    if (!path.matches()) throw PeerRequests.unknown(request);
    String job = PeerRequests.job(request);
    Optional<String> volume = Optional.ofNullable(path.group(2)).map(PeerRequests::volume);
    String what = path.group(3) == null ? "" : path.group(3);
    switch (path.group(1)) {
      case Api.SENDER -> sender(guest, job, volume, what, request);
      case Api.RECEIVER -> receiver(guest, guest.receiver(job), job, volume, what, request);
      default -> migration(guest, job, volume, what, request);
    }
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
    Sender sender = guest.sender(job, PeerRequests.compression(request));
    HttpMethod method = request.method();
    if (volume.isEmpty() && method.equals(HttpMethod.GET)) {
      answers.lines(request, () -> HistoryJson.lines(sender.histories()));
      return;
    }
    String name = volume.orElseThrow(() -> PeerRequests.unknown(request));
    switch (method.name() + " " + what) {
      case "GET " -> answers.question(request, _ -> HistoryJson.json(sender.history(name)));
      case "POST need" ->
          answers.question(
              request,
              json -> {
                sender.need(name, PeerRequests.guids(json, "snapshots"));
                return new JsonObject();
              });
      case "POST anchor" -> answers.question(request, json -> anchored(json, name, sender::anchor));
      case "GET stream" -> {
        var stream = new Stream(guest.name(), job, name, Way.GOES);
        transfers.download(stream, guest.streamsMax(), sender, request);
      }
      default -> throw PeerRequests.unknown(request);
    }
  }

  private void migration(
      Guest guest, String job, Optional<String> volume, String what, HttpServerRequest request) {
    if (!what.equals("message")) {
      receiver(guest, guest.migration(PeerRequests.offer(request)), job, volume, what, request);
      return;
    }
    String name = volume.orElseThrow(() -> PeerRequests.unknown(request));
    answers.question(
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
      answers.lines(request, () -> HistoryJson.lines(receiver.histories()));
      return;
    }
    String name = volume.orElseThrow(() -> PeerRequests.unknown(request));
    switch (method.name() + " " + what) {
      case "GET " ->
          answers.question(
              request,
              _ ->
                  HistoryJson.json(
                      receiver
                          .history(name)
                          .orElseThrow(
                              () -> new GatewayError.NotFound("there is no copy of " + name))));
      case "POST retention" ->
          answers.question(
              request,
              json -> {
                var going = new JsonArray();
                receiver
                    .letsGo(name, PeerRequests.planned(json))
                    .forEach(guid -> going.add(guid.toString()));
                return new JsonObject().put("lets_go", going);
              });
      case "POST prepare" ->
          answers.question(
              request,
              json -> {
                receiver.prepare(name, PreparationJson.read(json));
                return new JsonObject();
              });
      case "POST anchor" ->
          answers.question(request, json -> anchored(json, name, receiver::anchor));
      case "PUT stream" -> {
        var stream = new Stream(guest.name(), job, name, Way.COMES);
        transfers.upload(stream, guest.streamsMax(), receiver, request);
      }
      default -> throw PeerRequests.unknown(request);
    }
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
}
