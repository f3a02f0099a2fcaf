package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.ConnectionInfo;
import dev.penstock.nbd.transmit.SilentObserver;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * What the connections of one fuzzed run share: a volume whose calls are carried out when the input
 * says so, a budget, memory that is counted, and a clock that stands still. One thread.
 */
final class House {
  /** Small, so that requests have to wait for each other; one of the whole volume still fits. */
  private static final Limits LIMITS =
      new Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(120),
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          512,
          8,
          Limits.PAYLOAD_BYTES_MAX,
          2 * ClientSide.SIZE_BYTES,
          2 * ClientSide.SIZE_BYTES);

  /** Unsent bytes, what is under way, and the batches and messages that are being worked on. */
  private static final long CONNECTION_BYTES_MAX =
      Limits.UNSENT_BYTES_HIGH + 2 * ClientSide.SIZE_BYTES + (1 << 20);

  private static final int OFFER =
      Wire.EXPORT_HAS_FLAGS
          | Wire.EXPORT_SEND_FLUSH
          | Wire.EXPORT_SEND_FUA
          | Wire.EXPORT_SEND_TRIM
          | Wire.EXPORT_SEND_WRITE_ZEROES
          | Wire.EXPORT_SEND_CACHE
          | Wire.EXPORT_SEND_FAST_ZERO;

  private static final Vertx VERTX = Vertx.vertx();

  final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  final VolumeGate gate;
  final Surroundings surroundings;
  private final Budget budget = new Budget(LIMITS.totalBytes());
  private final Budget.Part part = budget.part();
  private final List<Runnable> calls = new ArrayList<>();
  private final Suspicious suspicious = new Suspicious();
  private final Volume volume;
  private int attached;
  private long nanos;

  House(Volume volume) {
    this.volume = volume;
    gate = new VolumeGate("the fuzzer", VERTX, new Queue());
    surroundings =
        new Surroundings(_ -> new Guest(), () -> LIMITS, budget, suspicious, () -> nanos);
  }

  /** How many calls wait for a worker. */
  int calls() {
    return calls.size();
  }

  /** Carries out one of the calls that wait, the oldest being the first. */
  void perform(int which) {
    calls.remove(which).run();
  }

  void performAll() {
    while (!calls.isEmpty()) perform(0);
  }

  long passes(Duration time) {
    nanos += time.toNanos();
    return nanos;
  }

  void checkBounds(int connections) {
    long used = memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
    if (used > connections * CONNECTION_BYTES_MAX) throw new AssertionError(used + " bytes held");
    if (budget.freeBytes() < 0) throw new AssertionError("the budget is overdrawn");
  }

  /** Nothing is under way: what was taken for it must be back. */
  void checkBudget() {
    suspicious.check();
    if (budget.freeBytes() != LIMITS.totalBytes())
      throw new AssertionError("of the budget, %d are left".formatted(budget.freeBytes()));
  }

  /** Everybody is gone: nothing may be left of anybody. */
  void checkEmpty() {
    checkBudget();
    if (budget.keptBytes() != 0) throw new AssertionError(budget.keptBytes() + " bytes are kept");
    long used = memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
    if (used != 0) throw new AssertionError(used + " bytes leaked");
    if (!gate.whenIdle().isComplete()) throw new AssertionError("somebody is still inside");
    if (attached != 0) throw new AssertionError(attached + " are still attached");
  }

  private final class Queue implements OpenVolume {
    @Override
    public Volume volume() {
      return volume;
    }

    @Override
    public Access access() {
      return Access.WRITE;
    }

    @Override
    public <T> Future<T> run(Callable<T> call) {
      Promise<T> done = Promise.promise();
      calls.add(() -> {
        try {
          done.complete(call.call());
        } catch (Exception e) {
          done.fail(e);
        }
      });
      return done.future();
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private final class Guest implements ServedExports.Visit {
    private boolean isAttached;

    @Override
    public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
      return Future.succeededFuture(
          ClientSide.EXPORTS.contains(name)
              ? new Lookup.Found(offer(name.isEmpty() ? "demo" : name))
              : new Lookup.Missing("no export is " + name));
    }

    private static ExportOffer offer(String name) {
      int flags = name.equals("frozen") ? OFFER | Wire.EXPORT_READ_ONLY : OFFER;
      return new ExportOffer(name, "", ClientSide.SIZE_BYTES, flags, BlockSizes.STANDARD);
    }

    @Override
    public Listing list(Peer peer) {
      return Listing.of(List.of(new Listed("demo", ""), new Listed("frozen", "")));
    }

    @Override
    public Optional<ServedExports.Attachment> attach(String askedFor, Peer peer) {
      attached++;
      isAttached = true;
      return Optional.of(new Hold());
    }

    @Override
    public void end() {
      if (isAttached) attached--;
      isAttached = false;
    }
  }

  private final class Hold implements ServedExports.Attachment {
    @Override
    public VolumeGate gate() {
      return gate;
    }

    @Override
    public String export() {
      return "demo";
    }

    @Override
    public Throttle throttle() {
      return new Throttle(Rates.NONE, 0);
    }

    @Override
    public Throttle volumeThrottle() {
      return new Throttle(Rates.NONE, 0);
    }

    @Override
    public Budget.Part budget() {
      return part;
    }
  }

  /** A client may be cut off for what it did; never because something of ours broke. */
  private static final class Suspicious extends SilentObserver {
    private String broken = "";

    @Override
    public void cut(ConnectionInfo connection, Cut why, String detail) {
      if (detail.matches("(?s)\\w+(\\.\\w+)+(Exception|Error)\\b.*")) broken = detail;
    }

    /** Afterwards: what is thrown while a connection is served ends that alone. */
    private void check() {
      if (!broken.isEmpty()) throw new AssertionError(broken);
    }
  }
}
