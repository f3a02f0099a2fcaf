package dev.penstock.gateway.task;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * The tasks of one owner: a module, a store, or the gateway.
 *
 * <p><b>Lifecycle.</b> From {@link TaskRegistry#of} until {@link #stop}; after it no task starts.
 * <b>Threads.</b> Any.
 */
public final class OwnedTasks implements Tasks {
  private final TaskRegistry registry;
  private final String name;
  private final BriefWork briefWork;
  private volatile boolean stopped;

  OwnedTasks(TaskRegistry registry, String name) {
    this.registry = registry;
    this.name = name;
    this.briefWork = new BriefWork(name);
  }

  public String name() {
    return name;
  }

  @Override
  public <T> Future<T> run(String name, long unitsTotal, Duration stall, Work<T> work) {
    return Caller.here().answer(registry.run(this, name, unitsTotal, stall, work));
  }

  @Override
  public <T> Future<T> brief(String name, Duration limit, Callable<T> work) {
    return Caller.here().answer(briefWork.run(name, limit, work));
  }

  /**
   * Interrupts every task of this owner and waits for them; and for its brief work, of which the
   * log names what did not leave in time.
   *
   * @return fails with {@link GatewayError.Unavailable} that names the tasks that did not leave in
   *     time
   */
  public Future<Void> stop(Duration limit) {
    stopped = true;
    return Future.join(briefWork.stop(limit), registry.stop(this, limit)).mapEmpty();
  }

  boolean isStopped() {
    return stopped;
  }
}
