package dev.penstock.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A failure that crosses the SPI. Code decides on its type, {@link #scope} and {@link #retry}; the
 * message is for people, and says what happened, to what, and what to do.
 *
 * <p>Any other {@link Throwable} that leaves a plugin is a bug in it: the host logs it, keeps its
 * text, and treats it as {@link Scope#MODULE} and {@link Retry.Never}.
 *
 * <p>The cases are closed within a major version of the SPI.
 *
 * @since SPI 1.0
 */
@SuppressWarnings("serial") // never serialized: what crosses a process is a code and a text
public abstract sealed class GatewayError extends RuntimeException {

  /** How much is lost, from narrow to wide. */
  public enum Scope {
    /** This call alone. */
    REQUEST,
    /** The connection that the call came on. */
    CONNECTION,
    /** The volume, snapshot, key or peer that the call was about. */
    RESOURCE,
    /** Everything that the module does. */
    MODULE
  }

  /** Whether the same call can succeed later. */
  public sealed interface Retry {
    /** Not without somebody changing something. */
    record Never() implements Retry {}

    /** Perhaps, and not before this has passed. */
    record After(Duration delay) implements Retry {}
  }

  private static final Retry NEVER = new Retry.Never();

  private final Scope scope;
  private final Retry retry;

  private GatewayError(Scope scope, Retry retry, String what, @Nullable Throwable cause) {
    // A stack trace only where something below is to blame: refusals are answers, and must be
    // cheap.
    super(what, cause, true, cause != null);
    this.scope = scope;
    this.retry = retry;
  }

  public final Scope scope() {
    return scope;
  }

  public final Retry retry() {
    return retry;
  }

  /** What went wrong, as text: never empty. */
  public final String what() {
    String message = getMessage();
    return message == null || message.isEmpty() ? getClass().getSimpleName() : message;
  }

  /** Asked for what can never work: a range past the end, a name with a slash. */
  public static final class Invalid extends GatewayError {
    public Invalid(String what) {
      super(Scope.REQUEST, NEVER, what, null);
    }
  }

  /** Nobody has it under this name. */
  public static final class NotFound extends GatewayError {
    public NotFound(String what) {
      super(Scope.REQUEST, NEVER, what, null);
    }
  }

  /**
   * Somebody else has it, or it changed meanwhile: a name in use, a stale ETag, a second writer.
   */
  public static final class Conflict extends GatewayError {
    public Conflict(String what) {
      super(Scope.REQUEST, NEVER, what, null);
    }
  }

  /** The caller may not: a role, an allow-list, a read-only export. */
  public static final class Denied extends GatewayError {
    public Denied(String what) {
      super(Scope.REQUEST, NEVER, what, null);
    }
  }

  /**
   * No room for it. The request is lost and nothing else; it may succeed once somebody makes room.
   */
  public static final class NoSpace extends GatewayError {
    /** When to look again: room is made by people, or by a pruner, and both take a while. */
    public static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

    public NoSpace(String what) {
      super(Scope.REQUEST, new Retry.After(LOOK_AGAIN), what, null);
    }
  }

  /** This one cannot do that, however it is asked: a capability that was not declared. */
  public static final class Unsupported extends GatewayError {
    public Unsupported(String what) {
      super(Scope.REQUEST, NEVER, what, null);
    }
  }

  /** A peer, a lease, a limit or a freeze stands in the way, for now. */
  public static final class Unavailable extends GatewayError {
    public Unavailable(Scope scope, Duration delay, String what) {
      super(scope, new Retry.After(delay), what, null);
    }

    public Unavailable(Scope scope, Duration delay, String what, Throwable cause) {
      super(scope, new Retry.After(delay), what, cause);
    }
  }

  /**
   * It was tried and did not work: an I/O error, a bug. Nobody knows whether trying again helps.
   */
  public static final class Failed extends GatewayError {
    public Failed(Scope scope, String what) {
      super(scope, NEVER, what, null);
    }

    public Failed(Scope scope, String what, Throwable cause) {
      super(scope, NEVER, what, cause);
    }
  }

  /** The bytes that are stored cannot be vouched for. An operator decides, never a retry. */
  public static final class Damaged extends GatewayError {
    public Damaged(String what) {
      super(Scope.RESOURCE, NEVER, what, null);
    }

    public Damaged(String what, Throwable cause) {
      super(Scope.RESOURCE, NEVER, what, cause);
    }
  }
}
