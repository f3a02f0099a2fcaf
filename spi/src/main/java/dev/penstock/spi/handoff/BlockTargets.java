package dev.penstock.spi.handoff;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.pf4j.ExtensionPoint;

/**
 * Ways to write a volume to something that is no gateway, by the schemes of their URIs: {@code
 * nbd}, {@code flexnbd}.
 *
 * <p><b>Lifecycle.</b> The host makes an object whenever somebody asks for those that there are,
 * with the constructor that takes nothing. Nobody keeps it; a {@link BlockTarget} that it opened
 * works on after its plugin was unloaded. <b>Threads.</b> Any.
 *
 * @since SPI 1.0
 */
public interface BlockTargets extends ExtensionPoint {
  /** Small letters, digits and {@code +}; no two plugins bring the same. */
  Set<String> schemes();

  /** One line for {@code penstock plugin list}. */
  String summary();

  /** What is wrong with a URI of one of the schemes; empty if it can be tried. Asks nobody. */
  Optional<String> objection(String uri);

  /**
   * Connects and finds out what is there. Comes on a thread that may wait.
   *
   * @param vertx whose event loops carry the connection
   * @throws GatewayError.Invalid what {@link #objection} says
   * @throws GatewayError.Unavailable if nobody answers, or in time, or lets us in: it may be later
   * @throws GatewayError.Conflict if what is there has another size
   * @throws GatewayError.Denied if it cannot be written
   * @throws GatewayError.Unsupported if what is there is nothing that can be written to like this
   */
  BlockTarget open(Vertx vertx, Aim aim);

  /**
   * What is to be written, and where to.
   *
   * @param sizeBytes of the volume: what is there has to have the same
   * @param bindTo the address of this machine to connect from
   * @param tls whom we trust, and what we show; for schemes with TLS
   * @param answerLimit how long it may owe an answer and move nothing
   */
  record Aim(
      String uri,
      long sizeBytes,
      Optional<String> bindTo,
      Optional<ClientSSLOptions> tls,
      Duration answerLimit) {

    /** As long as flexnbd's own mirror waits. */
    public static final Duration ANSWER = Duration.ofSeconds(60);

    public static Aim at(String uri, long sizeBytes) {
      return new Aim(uri, sizeBytes, Optional.empty(), Optional.empty(), ANSWER);
    }
  }
}
