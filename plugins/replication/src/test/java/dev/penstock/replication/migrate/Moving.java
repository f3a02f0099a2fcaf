package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.site.LocalReceiver;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumePatterns;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Two gateways in memory: "home" has the volume vm, and may hand it over to "away". What is said
 * between them goes through {@link #say}, where it can be lost.
 */
final class Moving {
  static final String VM = "vm";
  static final Counterpart AWAY = new Counterpart("away", VM);
  static final Counterpart HOME = new Counterpart("home", VM);
  static final Wishes WISHES = new Wishes(0, Duration.ofSeconds(10), false, false, false, false);
  static final int SIZE_BYTES = 64 << 10;
  private static final Duration LONG = Duration.ofSeconds(20);

  final MemoryVolumeStore homeStore = new MemoryVolumeStore();
  final MemoryVolumeStore awayStore = new MemoryVolumeStore();
  final UnreliableHandoffs homeHandoffs = new UnreliableHandoffs(homeStore);
  final FakeHandoffs awayHandoffs = new FakeHandoffs("memory", awayStore, new FakeVolumes());
  final FakeSnapshots homeSnapshots = new FakeSnapshots("memory", homeStore);
  final FakeSnapshots awaySnapshots = new FakeSnapshots("memory", awayStore);
  final FakeModuleContext home;
  final FakeModuleContext away;
  final Migrations migrations;

  /** What does not get there. */
  volatile Predicate<Message> lost = _ -> false;

  /** By what ways clients would be led on. */
  final Queue<Gone> tried = new ConcurrentLinkedQueue<>();

  /** What gets there, and whose answer does not come back. */
  volatile Predicate<Message> unanswered = _ -> false;

  private final Vertx vertx = Vertx.vertx();

  Moving() {
    home = context(homeHandoffs, homeSnapshots);
    away = context(awayHandoffs, awaySnapshots);
    homeStore.create(VM, SIZE_BYTES);
    migrations =
        new Migrations(
            home,
            Moving::unreachable,
            new Mirrors(home, Optional::empty),
            (_, gone) -> tried.add(gone),
            _ -> this::say);
  }

  private static PeerLink unreachable(String peer) {
    throw new IllegalStateException("nothing here goes over a line: " + peer);
  }

  private FakeModuleContext context(Handoffs handoffs, FakeSnapshots snapshots) {
    var made =
        new FakeModuleContext(vertx, "replication", TestSettings.block("replication", Map.of()));
    made.lend(handoffs);
    made.lend(snapshots);
    return made;
  }

  Migration migration() {
    return migration(VM, WISHES);
  }

  Migration migration(String volume, Wishes wishes) {
    var offer = new AtomicReference<Optional<Epoch>>(Optional.empty());
    return new Migration(
        home,
        volume,
        new Counterpart("away", volume),
        wishes,
        offer,
        limits -> ends(limits, offer),
        migrations.settlement(),
        tried::add);
  }

  private Ends ends(SiteLimits limits, AtomicReference<Optional<Epoch>> offer) {
    var terms =
        new LocalSender.Terms(
            everything(),
            "migration",
            true,
            Duration.ofDays(7),
            MigrationSnapshots.ANCHOR,
            Optional.empty(),
            LocalSender.Admission.ALWAYS);
    return new Ends(
        new LocalSender(homeSnapshots, terms, limits),
        new Later(() -> receiver(offer.get(), limits)),
        this::say);
  }

  /** What away receives for this offer. */
  Receiver receiver(Optional<Epoch> offer, SiteLimits limits) {
    var condition = OfferedReceiver.of("home", offer);
    var local =
        new LocalReceiver(
            awaySnapshots,
            Retention.NONE,
            new LocalReceiver.Place("", Optional.empty(), "memory", everything(), false),
            List.of(),
            limits,
            InstantSource.system(),
            Optional.of(condition));
    return new OfferedReceiver(local, awayHandoffs, condition, name -> name);
  }

  static VolumePatterns everything() {
    return VolumePatterns.read(
        TestSettings.block("peer", Map.of("volumes", "*")), "volumes", new Problems());
  }

  /** From home to away. */
  Answer say(String volume, Message message) throws InterruptedException {
    if (Thread.interrupted()) throw new InterruptedException(); // as who waits for a peer finds out
    if (lost.test(message)) throw silent(message);
    Answer answer =
        new HandoffDesk(awayHandoffs, awaySnapshots, new Fencing(away), (_, _) -> {})
            .answer(volume, "memory", heard(message), "home");
    if (unanswered.test(message)) throw silent(message);
    return answer;
  }

  private static GatewayError silent(Message message) {
    return new GatewayError.Unavailable(
        Scope.CONNECTION, Duration.ofMillis(1), "away does not answer " + message);
  }

  /** Who says it is known from the connection. */
  private static Message heard(Message message) {
    return switch (message) {
      case Message.Offer(Epoch epoch, Counterpart from, long size) ->
          new Message.Offer(epoch, new Counterpart("home", from.volume()), size);
      case Message.Claim(Epoch epoch, Counterpart from) ->
          new Message.Claim(epoch, new Counterpart("home", from.volume()));
      default -> message;
    };
  }

  /** As a task. */
  Future<Optional<Void>> start(Migration migration) {
    return home.tasks().run("migrate", 0, LONG, migration::run);
  }

  Ownership.Phase here() {
    return phase(homeStore);
  }

  Ownership.Phase there() {
    return phase(awayStore);
  }

  private static Ownership.Phase phase(MemoryVolumeStore store) {
    return store.ownership(VM).orElse(Ownership.PLAIN).phase();
  }

  static <T> T await(Future<T> coming) throws Exception {
    return coming.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  void close() throws Exception {
    home.close();
    away.close();
    await(vertx.close());
  }

  /** Asked anew each time: what is received for is known only when it is offered. */
  private record Later(Supplier<Receiver> now) implements Receiver {
    @Override
    public Histories histories() throws InterruptedException {
      return now.get().histories();
    }

    @Override
    public Optional<VolumeHistory> history(String volume) throws InterruptedException {
      return now.get().history(volume);
    }

    @Override
    public boolean consentsToRollBack() throws InterruptedException {
      return now.get().consentsToRollBack();
    }

    @Override
    public Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException {
      return now.get().letsGo(volume, planned);
    }

    @Override
    public void prepare(String volume, Preparation what) throws InterruptedException {
      now.get().prepare(volume, what);
    }

    @Override
    public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
      now.get().anchor(volume, snapshot, guid);
    }

    @Override
    public Arrival receive(String volume, StreamHeader header) throws InterruptedException {
      return now.get().receive(volume, header);
    }
  }
}
