package dev.penstock.nbd;

import dev.penstock.nbd.admin.LimitRoutes;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits in force: those of the configuration, and what was changed live over them. {@link
 * #limits}: any thread; the rest: the module's context.
 */
final class LimitsKeeper implements LimitRoutes.Keeper {
  private static final String KEY = "limits";
  private static final Logger log = LoggerFactory.getLogger(LimitsKeeper.class);

  private final OverrideState state;
  private final NbdObserver observer;
  private Limits configured;
  private Overrides overrides = Overrides.NONE;
  private volatile Limits inForce;
  private Consumer<Limits> applied = _ -> {};
  private Future<Void> last = Future.succeededFuture();

  /** Begins with what the state has kept, as far as it still stands. */
  LimitsKeeper(Limits configured, ModuleState state, NbdObserver observer) {
    this.state = new OverrideState(state);
    this.observer = observer;
    this.configured = configured;
    this.inForce = configured;
    configured(configured);
  }

  /** Who has to be told of other limits. */
  void onChange(Consumer<Limits> told) {
    applied = told;
  }

  @Override
  public Limits limits() {
    return inForce;
  }

  @Override
  public Overrides overrides() {
    return overrides;
  }

  /** The configuration says this now. What it says anew holds, whatever was changed before. */
  Future<Void> configured(Limits wanted) {
    configured = wanted;
    Overrides kept = state.at(KEY);
    Overrides standing = kept.standingOver(wanted.toJson());
    try {
      apply(Limits.fromJson(standing.over(wanted.toJson())), standing);
    } catch (GatewayError.Invalid e) { // each was right, and together they no longer are
      log.atError()
          .addKeyValue("reason", e.what())
          .log("limits that were changed live are dropped");
      standing = Overrides.NONE;
      apply(wanted, standing);
    }
    return standing.equals(kept) ? Future.succeededFuture() : state.put(KEY, standing);
  }

  /** One change after the other: each begins with what the one before it made. */
  @Override
  public Future<Void> change(JsonObject patch) {
    last = last.transform(_ -> changeNow(patch));
    return last;
  }

  private Future<Void> changeNow(JsonObject patch) {
    JsonObject before = configured.toJson();
    Limits wanted = inForce.patched(patch, configured);
    Overrides now = overrides.with(patch, before, wanted.toJson());
    return state.put(KEY, now).onSuccess(_ -> apply(wanted, now));
  }

  private void apply(Limits wanted, Overrides now) {
    Limits before = inForce;
    overrides = now;
    inForce = wanted;
    if (wanted.equals(before)) return;
    applied.accept(wanted);
    observer.limits(Changes.between(before.toJson(), wanted.toJson()));
  }
}
