package dev.penstock.replication.migrate;

import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A gateway in memory with the volume vm, which is mirrored to {@link ScriptedTargets}. */
final class MirrorHost implements AutoCloseable {
  static final String VOLUME = "vm";
  static final Wishes USUAL = new Wishes(0, Wishes.FREEZE, false, false, false, false);
  static final Wishes UNLINK = new Wishes(0, Wishes.FREEZE, false, false, true, false);
  static final Wishes CONFIRM = new Wishes(0, Wishes.FREEZE, true, false, false, false);

  final MemoryVolumeStore store = new MemoryVolumeStore();
  final ScriptedTargets there;
  final Changing handoffs;
  final Migrations migrations;
  private final FakeVolumes lent = new FakeVolumes();
  private final Vertx vertx = Vertx.vertx();
  private final FakeModuleContext context;

  /** Does what a test wants instead of unlinking, and to what is held still. */
  final class Changing extends FakeHandoffs {
    volatile Optional<GatewayError> unlinking = Optional.empty();
    volatile Function<Frozen, Frozen> frozen = Function.identity();

    Changing() {
      super("", store, lent);
    }

    @Override
    public synchronized Future<Void> unlink(String volume) {
      return unlinking
          .<Future<Void>>map(Future::failedFuture)
          .orElseGet(() -> super.unlink(volume));
    }

    @Override
    public synchronized Future<Frozen> freeze(String volume, Duration limit) {
      return super.freeze(volume, limit).map(frozen);
    }
  }

  MirrorHost(int sizeBytes) {
    there = new ScriptedTargets(sizeBytes);
    store.create(VOLUME, sizeBytes);
    handoffs = new Changing();
    context =
        new FakeModuleContext(vertx, "replication", TestSettings.block("replication", Map.of()));
    context.lend(new FakeSnapshots("", store));
    context.lend(handoffs);
    context.lend((Extensions) there);
    migrations =
        new Migrations(
            context,
            peer -> {
              throw new GatewayError.Invalid("there is no peer " + peer);
            },
            new Mirrors(context, Optional::empty),
            (_, _) -> {});
  }

  /** What a client would do. */
  void write(long offset, byte[] bytes) {
    try (Volume open = store.openVolume(VOLUME)) {
      open.write(offset, ByteBuffer.wrap(bytes));
    }
  }

  byte[] content() {
    return store.volume(VOLUME).content();
  }

  Future<Void> begin(Wishes wishes) {
    return migrations.begin(VOLUME, ScriptedTargets.URI, Optional.empty(), wishes);
  }

  /** Begins, and waits until it runs. */
  void start(Wishes wishes) {
    result(begin(wishes));
  }

  Migrations.Seen seen() {
    return migrations.require(VOLUME);
  }

  Migrations.Seen ended() {
    await().until(() -> seen().ended());
    return seen();
  }

  Ownership.Phase phase() {
    return result(handoffs.find(VOLUME)).orElseThrow().phase();
  }

  boolean isOwned() {
    return result(handoffs.find(VOLUME)).orElseThrow().isOwned();
  }

  List<String> snapshots() {
    return store.snapshots().orElseThrow().list(VOLUME).stream().map(SnapshotInfo::name).toList();
  }

  boolean isHere() {
    return store.find(VOLUME).isPresent();
  }

  /** Fails with what it failed with. */
  static <T> T result(Future<T> coming) {
    return Uninterrupted.on(coming);
  }

  /** What is held still as it is, but for what a test changes. */
  abstract static class Still implements Handoffs.Frozen {
    private final Handoffs.Frozen of;

    Still(Handoffs.Frozen of) {
      this.of = of;
    }

    @Override
    public Duration held() {
      return of.held();
    }

    @Override
    public Future<SnapshotInfo> take(String snapshot) {
      return of.take(snapshot);
    }

    @Override
    public Future<Void> halt(Duration limit) {
      return of.halt(limit);
    }

    @Override
    public Future<Ownership> change(Handoffs.Step step) {
      return of.change(step);
    }

    @Override
    public Future<Void> thaw() {
      return of.thaw();
    }
  }

  @Override
  public void close() {
    result(migrations.close());
    lent.close();
    context.close();
    result(vertx.close());
  }
}
