package dev.penstock.spi.testing;

import dev.penstock.spi.volume.SnapshotStore;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link SnapshotStore} is held to: each promise of its Javadoc that a test can see.
 * Extend it, say how to make a store of yours and which settings lead to an empty place, and run it
 * with JUnit. Here stand whole histories; what a single call does is in the classes that it
 * extends.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class SnapshotStoreContract extends SnapshotStreamContract {
  private static final int STEPS = 80;

  /** Small, since everything is compared after each step. */
  private static final int BYTES = (256 << 10) + 512;

  /** A failing row replays from its number. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void behavesAsCopiesOfAnArrayUnderAnyHistory(long seed) {
    store.create("history", BYTES);
    var model = new SnapshotModel(new Random(seed), store, "history", BYTES, _ -> reopen());
    for (int step = 0; step < STEPS; step++) {
      String did = model.step();
      model.assertSame("seed %d, step %d: %s".formatted(seed, step, did));
    }
    model.closeAll();
  }
}
