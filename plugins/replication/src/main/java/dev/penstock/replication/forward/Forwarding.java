package dev.penstock.replication.forward;

import dev.penstock.replication.config.ForwardSettings;
import dev.penstock.replication.flow.HttpLine.Answer;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.forward.ForwardLine.Call;
import dev.penstock.replication.forward.ForwardLine.Effect;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to volumes that were handed over.
 *
 * <p><b>Lifecycle.</b> {@link #start}; {@link #close} ends what goes on there: calls of those who
 * were led on are {@link GatewayError.Unavailable} from then on. <b>Threads.</b> Any.
 */
public final class Forwarding implements Handoffs.Successors {
  private static final Logger log = LoggerFactory.getLogger(Forwarding.class);

  /** What the module's state says of when a volume was handed over: {@code EPOCH TIME}. */
  private static final String STATE = "forward/";

  /** How long reads under way may take; none gets on. */
  private static final Duration LEAD_LIMIT = Duration.ofSeconds(10);

  private static final Duration LEAD_AGAIN = Duration.ofSeconds(4);
  private static final Duration STATE_LIMIT = Duration.ofSeconds(10);

  private final ModuleContext context;
  private final ForwardSettings settings;
  private final Function<String, PeerLink> links;
  private volatile boolean closed;
  private final Set<Successor> successors = ConcurrentHashMap.newKeySet();

  /**
   * @param links by the peer's name; {@link GatewayError.Invalid} for one that has no address
   */
  public Forwarding(
      ModuleContext context, ForwardSettings settings, Function<String, PeerLink> links) {
    this.context = context;
    this.settings = settings;
    this.links = links;
  }

  /** From now on clients are led on. */
  public Future<Void> start() {
    context.handoffs().leadBy(this);
    return context
        .handoffs()
        .recorded()
        .onSuccess(this::leadOn)
        .compose(this::forgetOthers)
        .otherwiseEmpty(); // what is kept for nothing costs nothing
  }

  /** Who was led on by the module before this one has ways that it closed. */
  private void leadOn(Map<String, Ownership> recorded) {
    recorded.forEach((volume, now) -> {
      if (now.phase() instanceof Gone) leadOn(volume);
    });
  }

  private void leadOn(String volume) {
    if (closed) return;
    context
        .handoffs()
        .leadOn(volume, LEAD_LIMIT)
        .onFailure(why -> {
          if (why instanceof GatewayError.Unavailable)
            context.vertx().setTimer(LEAD_AGAIN.toMillis(), _ -> leadOn(volume));
        });
  }

  /** What is here again, or was removed, is handed over anew, if it ever is. */
  private Future<Void> forgetOthers(Map<String, Ownership> recorded) {
    return Future.join(
            context.state().all().keySet().stream()
                .filter(key -> key.startsWith(STATE))
                .filter(key -> !leadsOn(recorded, key.substring(STATE.length())))
                .map(context.state()::remove)
                .toList())
        .mapEmpty();
  }

  private static boolean leadsOn(Map<String, Ownership> recorded, String volume) {
    return Optional.ofNullable(recorded.get(volume)).flatMap(Ownership::successor).isPresent();
  }

  /** Asks once: whoever opens it does so again. Nobody is led on to what is no gateway. */
  @Override
  public Volume open(String volume, Gone gone) {
    if (!gone.to().isGateway()) return new EndedVolume(volume, gone);
    PeerLink link = link(volume, gone);
    Since since = since(volume, gone);
    Successor successor = successor(volume, gone, link, since.when());
    successor.requireLed();
    successors.removeIf(Successor::isClosed);
    successors.add(successor);
    try {
      ForwardLine line = successor.line();
      Answer answer = asked(line);
      kept(volume, since);
      var opened = new ForwardedVolume(successor, Wording.described(volume, answer.body()));
      successor.spare(line);
      return opened;
    } catch (RuntimeException e) {
      successor.close();
      throw e;
    }
  }

  private Successor successor(String volume, Gone gone, PeerLink link, Instant since) {
    return new Successor(
        volume, gone, link, settings, context.clock(), since.plus(settings.span()));
  }

  private static Answer asked(ForwardLine line) {
    return line.ask(
        new Call("GET", ForwardApi.OPEN, "", Buffer.buffer(), Effect.NONE), Duration.ZERO);
  }

  /**
   * Goes the way that clients will be led on by, while none of them waits: what takes long the
   * first time has been done once then. Whatever is answered, it is of no account: the other side
   * does not own the volume yet, and says so.
   */
  public void tried(String volume, Gone gone) {
    Successor successor = successor(volume, gone, link(volume, gone), context.clock().instant());
    try {
      Answer _ = asked(successor.line());
    } catch (GatewayError expected) {
      log.atDebug()
          .addKeyValue("volume", volume)
          .addKeyValue("to", gone.to())
          .addKeyValue("answer", expected.what())
          .log("the way was tried");
    } finally {
      successor.close();
    }
  }

  private PeerLink link(String volume, Gone gone) {
    try {
      return links.apply(gone.to().peer());
    } catch (GatewayError.Invalid unknown) {
      throw new GatewayError.Conflict(
          "volume %s was handed over to %s, and nobody is led on there: %s"
              .formatted(volume, gone.to(), unknown.what()));
    }
  }

  /**
   * When it was handed over: when it was first asked for after that.
   *
   * @param kept once that is durable
   */
  private record Since(Instant when, Future<?> kept) {}

  /** Clients wait: what is asked of the other side does not wait for what is kept here. */
  private Since since(String volume, Gone gone) {
    String key = STATE + volume;
    String epoch = gone.since() + " ";
    String known = context.state().all().get(key);
    if (known != null && known.startsWith(epoch))
      return new Since(Instant.parse(known.substring(epoch.length())), Future.succeededFuture());
    Instant now = context.clock().instant();
    return new Since(now, context.state().put(key, epoch + now));
  }

  private void kept(String volume, Since since) {
    try {
      Waiting.on(
          since.kept(), STATE_LIMIT, Scope.RESOURCE, "the state of module " + context.module());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new GatewayError.Unavailable(
          Scope.RESOURCE, STATE_LIMIT, "opening volume %s was interrupted".formatted(volume));
    }
  }

  public void close() {
    closed = true;
    successors.forEach(Successor::close);
  }
}
