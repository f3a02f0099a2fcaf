package dev.penstock.replication.migrate;

import dev.penstock.replication.handoff.Source;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTargets;
import dev.penstock.spi.handoff.BlockTargets.Aim;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import io.vertx.core.net.ClientSSLOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Ways to what is no gateway, by URI. <b>Threads.</b> {@link #looked} waits, on the one of a task;
 * the rest comes from any.
 */
public final class Mirrors {
  /** To connect, to say hello, and perhaps to agree on TLS: each has a limit of its own. */
  static final Duration OPEN_LIMIT = Duration.ofSeconds(60);

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final ModuleContext context;
  private final Supplier<Optional<ClientSSLOptions>> tls;

  /** Opens the same again. */
  interface Aimed {
    String uri();

    /** What the volume had, and so does what is there. */
    long sizeBytes();

    /** Fails with what {@link BlockTargets#open} throws. */
    Future<BlockTarget> open();
  }

  /**
   * @param tls what is shown and whom is trusted, as things are
   */
  public Mirrors(ModuleContext context, Supplier<Optional<ClientSSLOptions>> tls) {
    this.context = context;
    this.tls = tls;
  }

  /** Whether this is a URI: no peer's name has a colon. */
  static boolean isUri(String to) {
    return !new Counterpart(to, "").isGateway();
  }

  /**
   * What can be refused is refused before anything is done; and whoever is there is connected to,
   * so that whoever asked hears at once if it is nobody.
   *
   * @param bindTo the address of this machine to connect from
   */
  Mirroring looked(
      String volume, String uri, Optional<String> bindTo, Wishes wishes, Settlement settlement)
      throws InterruptedException {
    objection(uri)
        .ifPresent(why -> {
          throw new GatewayError.Invalid(why);
        });
    Source.offer(
        Settlement.answer(context.handoffs().find(volume), LIMIT, volume),
        UUID.randomUUID(),
        new Counterpart(uri, volume));
    VolumeHistory history = Settlement.answer(context.snapshots().history(volume), LIMIT, volume);
    requireNoneLost(history, wishes);
    long sizeBytes = history.volume().map(VolumeInfo::sizeBytes).orElse(0L);
    var aimed = new Again(uri, sizeBytes, bindTo);
    return new Mirroring(context, volume, wishes, aimed.opened(), aimed, settlement);
  }

  private static void requireNoneLost(VolumeHistory history, Wishes wishes) {
    if (wishes.snapshots())
      throw new GatewayError.Invalid(
          "snapshots go to gateways only: leave out --snapshots, or move the volume to a peer");
    long own =
        history.snapshots().stream()
            .filter(one -> !one.name().startsWith(MigrationSnapshots.PREFIX))
            .count();
    if (wishes.unlink() && own > 0)
      throw new GatewayError.Invalid(
          "volume %s has %d snapshots, which would be lost with the copy here: delete them, or keep the copy (--keep)"
              .formatted(history.name(), own));
  }

  private Optional<String> objection(String uri) {
    try {
      return targets(uri).objection(uri);
    } catch (LinkageError gone) {
      throw unloaded(uri);
    }
  }

  private BlockTargets targets(String uri) {
    String scheme = uri.substring(0, uri.indexOf(':'));
    return context.extensions().of(BlockTargets.class).stream()
        .filter(one -> one.schemes().contains(scheme))
        .findFirst()
        .orElseThrow(() ->
            new GatewayError.Invalid(
                "\"%s\" is neither the name of a peer nor a URI that a plugin knows"
                    .formatted(uri)));
  }

  private static GatewayError unloaded(String uri) {
    return new GatewayError.Conflict("the plugin that knows %s was just unloaded".formatted(uri));
  }

  private final class Again implements Aimed {
    private final String uri;
    private final long sizeBytes;
    private final Optional<String> bindTo;

    Again(String uri, long sizeBytes, Optional<String> bindTo) {
      this.uri = uri;
      this.sizeBytes = sizeBytes;
      this.bindTo = bindTo;
    }

    @Override
    public String uri() {
      return uri;
    }

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public Future<BlockTarget> open() {
      return context.tasks().brief("connect to " + uri, OPEN_LIMIT, this::opened);
    }

    /** Nobody has what comes too late. */
    BlockTarget opened() throws InterruptedException {
      BlockTarget target;
      try {
        var aim = new Aim(uri, sizeBytes, bindTo, tls.get(), Aim.ANSWER);
        target = targets(uri).open(context.vertx(), aim);
      } catch (LinkageError gone) {
        throw unloaded(uri);
      }
      if (!Thread.interrupted()) return target;
      target.close();
      throw new InterruptedException();
    }
  }
}
