package dev.penstock.replication.job;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Verifies what was received: each copy as often as its job or peer says, one after another, the
 * one that waits longest first. When each was verified last is remembered across restarts.
 *
 * <p><b>Lifecycle.</b> {@link #start}, {@link #close}. <b>Threads.</b> The module's context.
 */
public final class CopyChecks {
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final String VERIFIED = "verified.";

  private final ModuleContext context;

  /** How often, by what the copies' names begin with. */
  private final Map<String, Duration> every = new HashMap<>();

  private final Metrics.Counter sound;
  private final Metrics.Counter damaged;

  /** Those that could not be looked at: the others come first. */
  private final Set<UUID> putOff = new HashSet<>();

  private boolean busy;
  private long timer = -1;

  public CopyChecks(ModuleContext context, ReplicationConfig config) {
    this.context = context;
    for (JobSettings job : config.jobs())
      job.role()
          .copiesBelow()
          .ifPresent(below -> job.verify().ifPresent(often -> every.put(below, often)));
    for (PeerSettings peer : config.peers())
      peer.push()
          .ifPresent(
              push -> push.verify().ifPresent(often -> every.put(push.root().below(), often)));
    String help = "Copies that were verified, by what came of it";
    sound = context.metrics().counter("replication_verified_copies", help, "result", "sound");
    damaged = context.metrics().counter("replication_verified_copies", help, "result", "damaged");
  }

  public void start() {
    if (!every.isEmpty()) timer = context.vertx().setPeriodic(LOOK_EVERY.toMillis(), _ -> look());
  }

  /** Verifies the copy that waits longest, if one's time has come; completes when that is done. */
  Future<Void> look() {
    if (busy) return Future.succeededFuture();
    busy = true;
    return context
        .snapshots()
        .histories()
        .compose(all ->
            forget(all)
                .compose(_ -> next(all).map(this::verify).orElseGet(Future::succeededFuture)))
        .onComplete(_ -> busy = false);
  }

  /** When volumes were verified that are there no more. */
  private Future<Void> forget(Histories all) {
    if (!all.unanswered().isEmpty()) return Future.succeededFuture();
    Set<String> there =
        all.volumes().stream()
            .flatMap(history -> history.volume().stream())
            .map(info -> VERIFIED + info.guid())
            .collect(Collectors.toSet());
    return Future.join(
            context.state().all().keySet().stream()
                .filter(key -> key.startsWith(VERIFIED) && !there.contains(key))
                .map(context.state()::remove)
                .toList())
        .mapEmpty();
  }

  /** A copy, and since when it was due. */
  private record Due(VolumeInfo copy, Instant since) {}

  private Optional<VolumeInfo> next(Histories all) {
    Instant now = context.clock().instant();
    List<Due> due = all.volumes().stream().flatMap(history -> due(history, now)).toList();
    if (due.stream().allMatch(one -> putOff.contains(one.copy().guid()))) putOff.clear();
    return due.stream()
        .filter(one -> !putOff.contains(one.copy().guid()))
        .min(Comparator.comparing(Due::since))
        .map(Due::copy);
  }

  /** A clock that was set back makes nothing wait longer than its time from now on. */
  private Stream<Due> due(VolumeHistory history, Instant now) {
    Optional<VolumeInfo> copy = history.volume().filter(VolumeInfo::replica);
    Optional<Duration> often =
        every.entrySet().stream()
            .filter(one -> history.name().startsWith(one.getKey()))
            .map(Map.Entry::getValue)
            .min(Comparator.naturalOrder());
    if (copy.isEmpty() || often.isEmpty()) return Stream.empty();
    Instant last = lastVerified(copy.get());
    if (last.isAfter(now)) return Stream.of(new Due(copy.get(), now));
    Instant since = last.plus(often.get());
    return since.isAfter(now) ? Stream.empty() : Stream.of(new Due(copy.get(), since));
  }

  private Instant lastVerified(VolumeInfo copy) {
    String text = context.state().all().get(VERIFIED + copy.guid());
    if (text == null) return copy.createdAt();
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      return copy.createdAt();
    }
  }

  private Future<Void> verify(VolumeInfo copy) {
    return context
        .snapshots()
        .verify(copy.name())
        .onSuccess(_ -> sound.add(1))
        .compose(_ -> verified(copy))
        .recover(why -> failed(copy, why));
  }

  private Future<Void> verified(VolumeInfo copy) {
    return context.state().put(VERIFIED + copy.guid(), context.clock().instant().toString());
  }

  /**
   * Damage is told once for each time that it is looked for; anything else is tried again, after
   * the others.
   */
  private Future<Void> failed(VolumeInfo copy, Throwable why) {
    if (!(why instanceof GatewayError.Damaged damage)) {
      putOff.add(copy.guid());
      return Future.succeededFuture();
    }
    damaged.add(1);
    context
        .events()
        .publish(
            new ModuleEvent(
                context.clock().instant(),
                copy.name(),
                "replication.copy-damaged",
                Map.of(
                    "volume",
                    copy.name(),
                    "guid",
                    copy.guid().toString(),
                    "reason",
                    damage.what())));
    return verified(copy);
  }

  public void close() {
    context.vertx().cancelTimer(timer);
  }
}
