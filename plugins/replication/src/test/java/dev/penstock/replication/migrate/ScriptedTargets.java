package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTargets;
import dev.penstock.spi.module.Extensions;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.pf4j.ExtensionPoint;

/**
 * Something in memory that volumes are mirrored to, of the scheme {@code test}: full of rubbish at
 * first, and it behaves, one connection after the other, as a test has written; then well.
 */
public final class ScriptedTargets implements BlockTargets, Extensions {
  static final String URI = "test://there";

  /** What is called, as a script sees it before it is done. */
  enum Call {
    OPEN,
    WRITE,
    ZERO,
    FLUSH,
    COMMIT
  }

  /** What happens on one connection. */
  interface Script {
    Script GOOD = (_, _) -> {};

    /**
     * Throws to fail, as everything will from then on.
     *
     * @param number which one of its kind it is on this connection, from 1 on
     */
    void before(Call call, int number);
  }

  final byte[] disk;
  private final List<Script> scripts = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  volatile boolean sendsZeroes;
  volatile BlockTarget.Farewell farewell = BlockTarget.Farewell.HEARD;

  ScriptedTargets(int sizeBytes) {
    this.disk = new byte[sizeBytes];
    Arrays.fill(disk, (byte) 0x55);
  }

  static GatewayError lost() {
    return new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(1), "it was lost");
  }

  /** One that does so much of one thing, and then fails. */
  static Script failsAt(Call call, int number, GatewayError why) {
    return (now, count) -> {
      if (now == call && count == number) throw why;
    };
  }

  synchronized void next(Script... of) {
    scripts.addAll(List.of(of));
  }

  int connections() {
    return connections.get();
  }

  /** Of each connection: whether it was told that this was all, or closed without a word. */
  synchronized List<String> said() {
    return List.copyOf(said);
  }

  private synchronized void note(String what) {
    said.add(what);
  }

  private synchronized Script script() {
    return scripts.isEmpty() ? Script.GOOD : scripts.removeFirst();
  }

  @Override
  public Set<String> schemes() {
    return Set.of("test");
  }

  @Override
  public String summary() {
    return "for tests";
  }

  @Override
  public Optional<String> objection(String uri) {
    return uri.equals(URI) ? Optional.empty() : Optional.of(uri + " is none of ours");
  }

  @Override
  public BlockTarget open(Vertx vertx, Aim aim) {
    connections.incrementAndGet();
    Script script = script();
    script.before(Call.OPEN, 1);
    return new Connection(script);
  }

  @Override
  public <T extends ExtensionPoint> List<T> of(Class<T> type) {
    return type.isInstance(this) ? List.of(type.cast(this)) : List.of();
  }

  /** Waits until it is closed, as for an answer that never comes. */
  static final class Silence implements Script {
    private final Call call;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    Silence(Call call) {
      this.call = call;
    }

    void letGo() {
      closed.countDown();
    }

    void awaitReached() throws InterruptedException {
      reached.await();
    }

    @Override
    public void before(Call now, int number) {
      if (now != call) return;
      reached.countDown();
      boolean interrupted = false;
      while (true)
        try {
          closed.await();
          break;
        } catch (InterruptedException _) {
          interrupted = true; // its bytes are in use
        }
      if (interrupted) Thread.currentThread().interrupt();
      throw lost();
    }
  }

  private final class Connection implements BlockTarget {
    private final Script script;
    private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
    private Optional<GatewayError> failure = Optional.empty();
    private boolean over;

    Connection(Script script) {
      this.script = script;
    }

    private void enter(Call call) {
      failure.ifPresent(why -> {
        throw why;
      });
      try {
        script.before(call, calls.merge(call, 1, Integer::sum));
      } catch (GatewayError why) {
        failure = Optional.of(why);
        throw why;
      }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      enter(Call.WRITE);
      source.get(disk, (int) offset, source.remaining());
    }

    @Override
    public void zero(long offset, long lengthBytes) {
      enter(Call.ZERO);
      Arrays.fill(disk, (int) offset, (int) (offset + lengthBytes), (byte) 0);
    }

    @Override
    public boolean sendsZeroes() {
      return sendsZeroes;
    }

    @Override
    public void flush() {
      enter(Call.FLUSH);
    }

    @Override
    public Farewell commit() {
      enter(Call.COMMIT);
      over = true;
      note("told");
      return farewell;
    }

    @Override
    public void close() {
      if (script instanceof Silence silence) silence.closed.countDown();
      if (over) return;
      over = true;
      note("closed");
    }
  }
}
