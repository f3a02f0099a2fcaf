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
 * #limits}: any thread; the rest: the module's context. Whatever changes something comes in its
 * {@link Turns turn}.
 */
final class LimitsKeeper implements LimitRoutes.Keeper {
  private static final String KEY = "limits";
  private static final Logger log = LoggerFactory.getLogger(LimitsKeeper.class);

  private final OverrideState state;
  private final NbdObserver observer;
  private final Turns turns;
  private Limits configured;
  private Overrides overrides = Overrides.NONE;
  private volatile Limits inForce;
  private Consumer<Limits> applied = _ -> {};

  /** Those of the configuration alone, until it is {@link #configured}. */
  LimitsKeeper(Limits configured, ModuleState state, NbdObserver observer, Turns turns) {
    this.state = new OverrideState(state);
    this.observer = observer;
    this.turns = turns;
    this.configured = configured;
    this.inForce = configured;
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

  /**
   * The configuration says this now. What it says anew holds, whatever was changed before; all of
   * it holds if what was changed is unreadable, or makes no sense with it: the gateway was made
   * ready for what the configuration says, and nobody gets in by it who would not otherwise.
   */
  Future<Void> configured(Limits wanted) {
    return turns.take(() -> {
      try {
        Overrides kept = state.at(KEY);
        Overrides standing = kept.standingOver(wanted.toJson());
        Limits settled = Limits.fromJson(standing.over(wanted.toJson()));
        if (!standing.equals(kept)) return keep(wanted, settled, standing);
        apply(wanted, settled, kept);
        return Future.succeededFuture();
      } catch (GatewayError.Damaged | GatewayError.Invalid e) {
        log.atError().setCause(e).log("limits that were changed live are dropped");
        observer.limits("as in the configuration: " + e.what());
        return keep(wanted, wanted, Overrides.NONE);
      }
    });
  }

  @Override
  public Future<Void> change(Consumer<Limits> expected, JsonObject patch) {
    return turns.take(() -> {
      expected.accept(inForce);
      Limits wanted = inForce.patched(patch, configured);
      return keep(configured, wanted, overrides.with(patch, configured.toJson(), wanted.toJson()));
    });
  }

  private Future<Void> keep(Limits written, Limits wanted, Overrides now) {
    return state
        .put(KEY, now)
        .map(_ -> {
          apply(written, wanted, now);
          return null;
        });
  }

  private void apply(Limits written, Limits wanted, Overrides now) {
    Limits before = inForce;
    configured = written;
    overrides = now;
    inForce = wanted;
    if (wanted.equals(before)) return;
    applied.accept(wanted);
    observer.limits(Changes.between(before.toJson(), wanted.toJson()));
  }
}
