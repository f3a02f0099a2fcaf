package dev.penstock.replication.forward;

import static dev.penstock.spi.testing.Settled.done;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.replication.config.ForwardSettings;
import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A volume that was handed over, and clients of the old owner who are led on to the new one. */
abstract class LedOn {
  static final int SIZE = 4 << 20;
  static final Duration LONG = Duration.ofSeconds(20);
  static final Epoch LATER = NewOwner.EPOCH.next(new UUID(2, 2));

  final Vertx vertx = Vertx.vertx();
  final NewOwner there = new NewOwner(vertx);
  final MemoryVolume demo = there.owns("demo", SIZE);
  Line line;
  OldOwner here;
  Volume volume;

  @BeforeEach
  void leadOn() throws Exception {
    line = new Line(there::port);
    here = new OldOwner(vertx, line.port());
    volume = here.open("demo");
  }

  @AfterEach
  void stop() throws Exception {
    here.close();
    line.close();
    there.close();
    done(vertx.close());
  }

  static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  String content(int length) {
    return new String(Arrays.copyOf(demo.content(), length), UTF_8);
  }

  static String read(Volume from, int length) {
    ByteBuffer target = ByteBuffer.allocate(length);
    from.read(0, target);
    return new String(target.array(), UTF_8);
  }

  /** With a wait that ends at the first try. */
  static ForwardSettings settings(Duration span, Newcomers newcomers) {
    return new ForwardSettings(span, newcomers, Duration.ofMillis(1));
  }
}
