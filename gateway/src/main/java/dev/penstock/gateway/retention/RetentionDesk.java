package dev.penstock.gateway.retention;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings modules that receive and modules that prune together: neither knows the other.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class RetentionDesk {
  /** Planning a million snapshots takes about a second. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(RetentionDesk.class);

  private final Deadline deadline;
  private final List<Offer> offers = new CopyOnWriteArrayList<>();

  private record Offer(Retention.Foresight foresight, @Nullable Context context) {
    Future<Set<UUID>> ask(String volume, List<SnapshotInfo> planned) {
      if (context == null) return answer(volume, planned);
      Promise<Set<UUID>> answered = Promise.promise();
      context.runOnContext(_ -> answer(volume, planned).onComplete(answered));
      return answered.future();
    }

    /** Another's set, copied: it must not keep the classes of whoever made it. */
    private Future<Set<UUID>> answer(String volume, List<SnapshotInfo> planned) {
      try {
        return foresight.letsGo(volume, planned).map(Set::copyOf);
      } catch (RuntimeException | LinkageError e) {
        return Future.failedFuture(e);
      }
    }
  }

  public RetentionDesk(Deadline deadline) {
    this.deadline = deadline;
  }

  /** For one life of one module. */
  public OfModule ofModule() {
    return new OfModule();
  }

  /** As a module sees it. */
  public final class OfModule implements Retention {
    private final List<Offer> own = new CopyOnWriteArrayList<>();

    @Override
    public void offer(Foresight foresight) {
      var offer = new Offer(foresight, Vertx.currentContext());
      own.add(offer);
      offers.add(offer);
    }

    @Override
    public Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned) {
      return Caller.here().answer(askAll(volume, List.copyOf(planned)));
    }

    /** The module has stopped. */
    public void withdraw() {
      offers.removeAll(own);
      own.clear();
    }
  }

  private Future<Set<UUID>> askAll(String volume, List<SnapshotInfo> planned) {
    var answers = offers.stream().map(offer -> inTime(offer, volume, planned)).toList();
    return Future.join(answers)
        .map(_ -> {
          Set<UUID> letGo = new HashSet<>();
          answers.forEach(answer -> letGo.addAll(answer.result()));
          return Set.copyOf(letGo);
        });
  }

  private Future<Set<UUID>> inTime(Offer offer, String volume, List<SnapshotInfo> planned) {
    return deadline
        .within(
            ANSWER_MAX,
            offer.ask(volume, planned),
            () -> new GatewayError.Unavailable(Scope.REQUEST, ANSWER_MAX, "no answer in time"))
        .recover(failure -> {
          log.atWarn()
              .addKeyValue("volume", volume)
              .addKeyValue("reason", PluginFault.text(failure))
              .log("nobody says what would be pruned");
          return Future.succeededFuture(Set.of());
        });
  }
}
