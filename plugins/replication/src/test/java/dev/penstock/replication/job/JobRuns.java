package dev.penstock.replication.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.VolumeReport;
import dev.penstock.spi.GatewayError;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Two gateways in memory, a job that pushes between them, and what meets its questions. */
abstract class JobRuns {
  static final int SIZE = 64 << 10;

  final TwoGateways gateways = new TwoGateways();

  void volumeWithSnapshots(String volume, String... names) {
    gateways.create(volume, SIZE);
    for (String name : names) another(volume, name);
  }

  void another(String volume, String name) {
    gateways.write(volume, 4096L * Math.floorMod(name.hashCode(), 16), name.getBytes(UTF_8));
    gateways.take(volume, name);
  }

  static VolumeReport volume(RunReport report, String name) {
    return report.attempts().getLast().volumes().stream()
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Meets the first of these questions with an error, so often. */
  Between failing(String what, int times, GatewayError why) {
    var left = new AtomicInteger(times);
    return new Between() {
      @Override
      public void before(String asked) {
        if (asked.equals(what) && left.getAndDecrement() > 0) throw why;
      }

      @Override
      public void after(String asked) {}
    };
  }

  static Between afterEach(Predicate<String> which, Runnable action) {
    return new Between() {
      @Override
      public void before(String asked) {}

      @Override
      public void after(String asked) {
        if (which.test(asked)) action.run();
      }
    };
  }

  /** The answer to this is lost, and nothing is answered after it. */
  static Between awayAfter(String what) {
    var away = new AtomicBoolean();
    return new Between() {
      @Override
      public void before(String asked) {
        if (away.get()) throw TwoGateways.peerAway();
      }

      @Override
      public void after(String asked) {
        if (asked.equals(what)) away.set(true);
        before(asked);
      }
    };
  }

  static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
