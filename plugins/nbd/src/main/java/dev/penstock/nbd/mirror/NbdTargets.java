package dev.penstock.nbd.mirror;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTargets;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.Set;
import org.pf4j.Extension;

/** Mirrors to NBD servers. */
@Extension
public final class NbdTargets implements BlockTargets {
  @Override
  public Set<String> schemes() {
    return MirrorUri.SCHEMES;
  }

  @Override
  public String summary() {
    return "Writes volumes to NBD servers";
  }

  @Override
  public Optional<String> objection(String uri) {
    return MirrorUri.parse(uri).isPresent()
        ? Optional.empty()
        : Optional.of(
            "\"%s\" is nothing to mirror to; write %s".formatted(uri, MirrorUri.EXAMPLES));
  }

  @Override
  public BlockTarget open(Vertx vertx, Aim aim) {
    objection(aim.uri())
        .ifPresent(why -> {
          throw new GatewayError.Invalid(why);
        });
    return NbdTarget.open(vertx, MirrorUri.parse(aim.uri()).orElseThrow(), aim, MirrorLimits.USUAL);
  }
}
