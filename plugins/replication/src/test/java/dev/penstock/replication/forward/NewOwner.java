package dev.penstock.replication.forward;

import dev.penstock.replication.config.ListenSettings;
import dev.penstock.replication.peer.PeerDesk;
import dev.penstock.replication.peer.PeerListener;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** A gateway that owns a volume which another one had before, and lets that one's clients in. */
final class NewOwner implements AutoCloseable {
  static final Epoch EPOCH = Epoch.FIRST.next(new UUID(1, 1));
  static final String PEER = "laptop";

  final MemoryVolumeStore records = new MemoryVolumeStore();
  final AtomicLong nanos = new AtomicLong();
  private final Vertx vertx;
  private final FakeVolumes volumes;
  private Handoffs handoffs;
  private ForwardDesk desk;
  private PeerListener listener;
  private int port;
  private int processes;

  /**
   * @param volumes what it lends
   */
  NewOwner(Vertx vertx, FakeVolumes volumes) {
    this.vertx = vertx;
    this.volumes = volumes;
    this.handoffs = new FakeHandoffs("memory", records, volumes);
    this.desk = desk();
    this.listener = listener();
    open();
  }

  NewOwner(Vertx vertx) {
    this(vertx, new FakeVolumes());
  }

  /** It owns this volume, which the other one calls the same without what is below it here. */
  MemoryVolume owns(String volume, int sizeBytes) {
    MemoryVolume bytes = MemoryVolume.named(volume, sizeBytes);
    owns(volume, bytes);
    return bytes;
  }

  void owns(String volume, MemoryVolume bytes) {
    volumes.add(volume, bytes);
    recordOwned(volume);
  }

  void recordOwned(String volume) {
    records.keepOwnership(volume, new Ownership(new Ownership.Owner(), EPOCH, Optional.of(EPOCH)));
  }

  /** It has been handed over to here, and the other one's clients are not here yet. */
  void expect(String volume) {
    desk.expect(volume, EPOCH);
  }

  FakeVolumes volumes() {
    return volumes;
  }

  void record(String volume, Ownership now) {
    records.keepOwnership(volume, now);
  }

  /** From now on this is what volumes are joined by. */
  void lends(Handoffs other) {
    handoffs = other;
  }

  int port() {
    return port;
  }

  private ForwardDesk desk() {
    processes++;
    return new ForwardDesk(
        "module replication",
        vertx,
        () -> handoffs,
        new Pulse(String.valueOf(processes), nanos::get));
  }

  private PeerListener listener() {
    var limits = new SiteLimits(LONG, LONG, LONG);
    var peers =
        new PeerDesk(vertx, new FakeTasks(), limits, desk, PeerDesk.hello("there", List.of()));
    return new PeerListener(
        vertx,
        new ListenSettings(
            new ListenAddress.Tcp("127.0.0.1", 0), SocketAccess.OWNER_ALONE, Optional.of(PEER)),
        new FakeListeners(),
        peers,
        _ -> Optional.empty(),
        _ -> Optional.of(new Laptop()));
  }

  private static final Duration LONG = Duration.ofSeconds(60);

  private void open() {
    Settled.done(listener.open(Optional.empty()));
    port = Integer.parseInt(listener.address().replaceAll(".*:", ""));
  }

  /** Its process is another one from now on, and its port as well: the old one may be taken. */
  void startAnew() {
    Settled.done(listener.close());
    Settled.done(desk.close());
    desk = desk();
    listener = listener();
    open();
  }

  @Override
  public void close() {
    Settled.done(listener.close());
    Settled.done(desk.close());
    volumes.close();
  }

  /** It may hand over everything but secrets, and that is below it here. */
  private static final class Laptop implements PeerDesk.Guest {
    @Override
    public String name() {
      return PEER;
    }

    @Override
    public Sender sender(String job, Optional<Integer> compression) {
      throw new GatewayError.Denied("it fetches nothing");
    }

    @Override
    public Receiver receiver(String job) {
      throw new GatewayError.Denied("it sends nothing");
    }

    @Override
    public int streamsMax() {
      return 1;
    }

    @Override
    public String handedOver(String volume) {
      if (volume.equals("secret")) throw new GatewayError.Denied("not this one");
      return volume;
    }

    @Override
    public boolean maySend() {
      return false;
    }

    @Override
    public boolean mayFetch() {
      return false;
    }
  }
}
