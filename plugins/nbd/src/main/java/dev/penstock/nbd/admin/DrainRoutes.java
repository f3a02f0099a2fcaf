package dev.penstock.nbd.admin;

import dev.penstock.nbd.export.Export;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.config.Quantities;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * {@code /v1/exports/{export}/drain} and {@code …/resume}. On the module's context. A drain is a
 * task that ends with the last client; ending the task leaves the export drained.
 */
public final class DrainRoutes {
  /** Who remembers what is drained. */
  public interface Keeper {
    /**
     * Drains an export durably; fails with {@link GatewayError.NotFound} if there is none.
     *
     * @return once it takes nobody new: a future for when everybody has left
     */
    Future<Future<Void>> drain(String name, Duration limit);

    /** Lets clients in again, durably; fails as {@link #drain}. */
    Future<Void> resume(String name);
  }

  private static final Duration LIMIT_MAX = Duration.ofDays(1);

  /** How often the task says how many are left. */
  private static final Duration TELL = Duration.ofMillis(200);

  /** Beyond the limit for clients: they are cut by a timer, and say farewell. */
  private static final Duration STALL_BEYOND = Duration.ofSeconds(10);

  private final ExportRegistry registry;
  private final Keeper keeper;
  private final Tasks tasks;
  private final Supplier<Duration> limit;

  /**
   * The routes.
   *
   * @param limit for clients to leave, where a call says nothing else
   */
  public DrainRoutes(
      ExportRegistry registry, Keeper keeper, Tasks tasks, Supplier<Duration> limit) {
    this.registry = registry;
    this.keeper = keeper;
    this.tasks = tasks;
    this.limit = limit;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.POST, "/v1/exports/{export}/drain", Role.OPERATOR, this::drain),
        new Route(Method.POST, "/v1/exports/{export}/resume", Role.OPERATOR, this::resume));
  }

  private Future<Reply> drain(Call call) {
    Duration wanted = timeout(call);
    return keeper
        .drain(call.path("export"), wanted)
        .compose(left -> watch(require(call), left, wanted))
        .map(Reply::accepted);
  }

  private Future<Reply> resume(Call call) {
    return keeper.resume(call.path("export")).map(_ -> Reply.done());
  }

  private Future<UUID> watch(Export export, Future<Void> left, Duration wanted) {
    int clients = export.clients();
    Promise<UUID> begun = Promise.promise();
    tasks
        .run(
            "drain " + export.settings().name(),
            clients,
            wanted.plus(STALL_BEYOND),
            task -> {
              begun.complete(task.guid());
              follow(export, left, clients, task);
              return true;
            })
        .onFailure(begun::tryFail);
    return begun.future();
  }

  private static void follow(Export export, Future<Void> left, int clients, Task task)
      throws InterruptedException {
    CompletableFuture<Void> gone = left.toCompletionStage().toCompletableFuture();
    while (true) {
      try {
        gone.get(TELL.toMillis(), TimeUnit.MILLISECONDS);
        task.reached(clients);
        return;
      } catch (TimeoutException _) {
        task.reached(clients - export.clients());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof GatewayError why ? why : new IllegalStateException(e);
      }
    }
  }

  private Export require(Call call) {
    String name = call.path("export");
    return registry
        .named(name)
        .orElseThrow(() -> new GatewayError.NotFound("there is no export " + name));
  }

  private Duration timeout(Call call) {
    for (String key : call.body().fieldNames()) {
      if (!key.equals("timeout")) throw new GatewayError.Invalid(key + " is no part of a drain");
    }
    Object wanted = call.body().getValue("timeout");
    if (wanted == null) return limit.get();
    return Quantities.duration(wanted.toString())
        .filter(timeout -> timeout.compareTo(LIMIT_MAX) <= 0)
        .orElseThrow(
            () -> new GatewayError.Invalid("timeout is %s; it takes 0 to 24h".formatted(wanted)));
  }
}
