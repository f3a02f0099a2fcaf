package dev.penstock.spi.content;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.pf4j.ExtensionPoint;

/**
 * A kind of repository: content by key, in a folder of this machine or behind a connection. An
 * object is made for each repository that is configured, with the constructor that takes nothing.
 *
 * <p><b>Lifecycle.</b>
 *
 * <pre>
 *   kind ─► validate ─► open ─► isPresent, get, put, remove, lock ─► close
 * </pre>
 *
 * {@code kind}, {@code summary} and {@code validate} also come on objects that are never opened.
 * {@link #close} comes once per {@link #open}. Whatever was lent is given back by then, but for
 * what is locked: nobody has let go of that, and it stays for as long as after the end of the
 * process.
 *
 * <p><b>Threads.</b> Any Vert.x context; nothing blocks. What a call answers comes on the context
 * that asked. <b>Units.</b> Sizes and offsets are bytes.
 *
 * <p><b>Errors.</b> As {@link GatewayError} has them: {@link GatewayError.NotFound} for content
 * that is not there, {@link GatewayError.Unavailable} if the repository cannot be reached, {@link
 * GatewayError.NoSpace} if it is full, {@link GatewayError.Denied} if it may not be done there.
 *
 * @since SPI 1.0
 */
public interface KeyStore extends ExtensionPoint {
  /** How long content stays that was locked and not let go of: what a drop's proof relies on. */
  Duration RETENTION = Duration.ofMinutes(10);

  /** What the configuration calls it: {@code annex}. Small letters, digits and {@code -}. */
  String kind();

  /** One line for {@code penstock plugin list}. */
  String summary();

  /** Checks the settings without touching disk or network; reports every problem at once. */
  void validate(Block settings, Problems problems);

  /** Completes when it can be asked. A repository that is away for the moment is no failure. */
  Future<Void> open(KeyStoreContext context);

  /** The repository's own, from {@link #open} on. */
  String uuid();

  Future<Boolean> isPresent(Key key, Caller caller);

  /**
   * @param file what the content is called in the working tree of the client, which a repository
   *     may be told; never where anything is stored
   */
  Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller);

  /**
   * Whether it would rather have content than leave it to other repositories. That is asked where
   * content can go to several of them, before it is offered; it may be offered whatever is
   * answered, and nothing is changed by asking. Within seconds: who cannot tell wants it.
   *
   * @param file as for {@link #get}: what is wanted may depend on it
   */
  default Future<Boolean> wants(Key key, Optional<RawText> file, Caller caller) {
    return Future.succeededFuture(true);
  }

  /** Offers content. What is being put by another at the same time is put by both. */
  Future<Putting> put(Key key, Optional<RawText> file, Caller caller);

  /**
   * Looks whether content is there that has come by another way, and has that remembered if it is.
   */
  Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller);

  /**
   * Removes content, durably. What is locked stays, and that is answered at once.
   *
   * @param before in the time of {@link #timestamp}: from then on nothing is removed any more;
   *     looked at when nobody can lock the content any more
   */
  Future<Removal> remove(Key key, OptionalLong before, Caller caller);

  /** Seconds on a clock that only goes forward, as long as the machine is up. */
  Future<Long> timestamp(Caller caller);

  /**
   * Keeps content from being removed until it is let go of. If the process ends meanwhile, or the
   * way to it is lost, it stays for {@link #RETENTION} from now on. A store may keep what was let
   * go of for that long as well.
   *
   * @return empty if it is not there, or is being removed
   */
  Future<Optional<Hold>> lock(Key key, Caller caller);

  /**
   * How the connections are by which the repository is reached, for those who look after it; empty
   * if there are none. Any thread, from {@link #open} until {@link #close}.
   */
  default Optional<ConnectionPool> pool() {
    return Optional.empty();
  }

  Future<Void> close();
}
