package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.task.Watchdog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Runs tasks, each on a virtual thread, interrupts those that stall, and remembers how far they
 * came. Threads: any.
 */
public final class FakeTasks implements Tasks {
  /** A task that was begun. */
  public static final class Begun implements Task {
    private static final long LOOKS_IN_A_STALL = 4;

    private final UUID guid = UUID.randomUUID();
    private final String name;
    private final Duration stall;
    private final Watchdog watchdog;
    private volatile long units;
    private volatile boolean idle;
    private volatile boolean ended;
    private volatile boolean stalled;
    private volatile Thread worker = Thread.currentThread();

    private Begun(String name, Duration stall) {
      this.name = name;
      this.stall = stall;
      this.watchdog = new Watchdog(stall, System.nanoTime());
    }

    /** Plays the host's timer: a stall is that time passes, and there is no event to wait for. */
    private void watch() {
      try {
        while (!ended) {
          if (watchdog.check(System.nanoTime()).isPresent()) {
            stalled = true;
            worker.interrupt();
          }
          Thread.sleep(Math.clamp(stall.toMillis() / LOOKS_IN_A_STALL, 1, 1000));
        }
      } catch (InterruptedException _) {
        // Nobody does.
      }
    }

    @Override
    public UUID guid() {
      return guid;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void reached(long units) {
      watchdog.reached(units, System.nanoTime());
      if (units > this.units) this.units = units;
      idle = false;
    }

    @Override
    public void busy() {
      watchdog.busy(System.nanoTime());
      idle = false;
    }

    @Override
    public void idle() {
      watchdog.idle();
      idle = true;
    }

    public long units() {
      return units;
    }

    public boolean isIdle() {
      return idle;
    }

    public boolean hasEnded() {
      return ended;
    }

    /** As an operator's cancel or a stall would. */
    public void interrupt() {
      worker.interrupt();
    }
  }

  private final List<Begun> begun = new CopyOnWriteArrayList<>();

  @Override
  public <T> Future<T> run(String name, long unitsTotal, Duration stall, Work<T> work) {
    Begun task = new Begun(name, stall);
    Promise<T> done = Promise.promise();
    Thread worker =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                T result = work.run(task);
                task.ended = true;
                done.complete(result);
              } catch (Throwable thrown) {
                task.ended = true;
                done.fail(
                    task.stalled ? unavailable(name + ": stalled", thrown) : failed(name, thrown));
              }
            });
    task.worker = worker;
    begun.add(task);
    worker.start();
    Thread.ofVirtual().start(task::watch);
    return done.future();
  }

  /** As the host does: what is no error of a gateway is a bug of the module. */
  private static GatewayError failed(String name, Throwable thrown) {
    return switch (thrown) {
      case GatewayError known -> known;
      case InterruptedException left -> unavailable(name + " was cancelled", left);
      default ->
          new GatewayError.Failed(Scope.MODULE, "task %s: %s".formatted(name, thrown), thrown);
    };
  }

  private static GatewayError unavailable(String what, Throwable why) {
    return new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(1), what, why);
  }

  /** Every task that was begun, oldest first. */
  public List<Begun> all() {
    return List.copyOf(begun);
  }
}
