package dev.penstock.replication.forward;

import dev.penstock.replication.config.ForwardSettings;
import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A gateway that has handed its volumes over, and leads its clients on, through a line. */
final class OldOwner implements AutoCloseable {
  static final ForwardSettings SETTINGS =
      new ForwardSettings(Duration.ofHours(1), Newcomers.FORWARD, Duration.ofSeconds(20));

  final FakeModuleContext host;
  final Forwarding forwarding;
  private final PeerLink link;

  OldOwner(Vertx vertx, int port) {
    this(vertx, port, SETTINGS);
  }

  OldOwner(Vertx vertx, int port, ForwardSettings settings) {
    host = new FakeModuleContext(vertx, "replication", TestSettings.block("m", Map.of()));
    link =
        new PeerLink(
            vertx,
            new PeerSettings(
                "there",
                Optional.of(new PeerAddress.Http("127.0.0.1", port)),
                "there",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1,
                1),
            Optional.empty(),
            Optional.empty(),
            1);
    Settled.done(link.open());
    forwarding = new Forwarding(host, settings, _ -> link);
  }

  /** What its clients use in place of the volume that it had. */
  Volume open(String volume) {
    return open(volume, NewOwner.EPOCH);
  }

  Volume open(String volume, Epoch since) {
    return forwarding.open(volume, new Gone(since, new Counterpart("there", volume)));
  }

  @Override
  public void close() {
    forwarding.close();
    Settled.done(link.close());
    host.close();
  }
}
