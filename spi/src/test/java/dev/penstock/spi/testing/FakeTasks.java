package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs tasks, each on a virtual thread, and remembers how far they came. Threads: any. */
public final class FakeTasks implements Tasks {
  /** A task that was begun. */
  public static final class Begun implements Task {
    private final UUID guid = UUID.randomUUID();
    private final String name;
    private volatile long units;
    private volatile boolean idle;
    private volatile boolean ended;
    private volatile Thread worker = Thread.currentThread();

    private Begun(String name) {
      this.name = name;
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
      if (units > this.units) this.units = units;
      busy();
    }

    @Override
    public void busy() {
      idle = false;
    }

    @Override
    public void idle() {
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
    Begun task = new Begun(name);
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
                done.fail(failed(name, thrown));
              }
            });
    task.worker = worker;
    begun.add(task);
    worker.start();
    return done.future();
  }

  /** As the host does: what is no error of a gateway is a bug of the module. */
  private static GatewayError failed(String name, Throwable thrown) {
    return switch (thrown) {
      case GatewayError known -> known;
      case InterruptedException left ->
          new GatewayError.Unavailable(
              Scope.RESOURCE, Duration.ofSeconds(1), name + " was cancelled", left);
      default ->
          new GatewayError.Failed(
              Scope.MODULE, "task %s: %s".formatted(name, thrown), thrown);
    };
  }

  /** Every task that was begun, oldest first. */
  public List<Begun> all() {
    return List.copyOf(begun);
  }
}
