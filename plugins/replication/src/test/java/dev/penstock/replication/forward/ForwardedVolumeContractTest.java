package dev.penstock.replication.forward;

import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.VolumeContract;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Vertx;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** A volume is the same volume for those who are led on to it. */
class ForwardedVolumeContractTest extends VolumeContract {
  private final Vertx vertx = Vertx.vertx();
  private Optional<NewOwner> there = Optional.empty();
  private Optional<OldOwner> here = Optional.empty();

  @Override
  protected Volume newVolume(long sizeBytes) {
    var owner = new NewOwner(vertx);
    there = Optional.of(owner);
    owner.owns("demo", MemoryVolume.named("demo", sizeBytes));
    var from = new OldOwner(vertx, owner.port());
    here = Optional.of(from);
    return from.open("demo");
  }

  @AfterEach
  void stop() {
    here.ifPresent(OldOwner::close);
    there.ifPresent(NewOwner::close);
    Settled.done(vertx.close());
  }
}
