package dev.penstock.replication.plan;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;

/**
 * What an error means for a run: decided by whom it is about and whether trying again can help,
 * never by its text, and for each error on its own.
 *
 * <p>An error of scope {@link Scope#CONNECTION} is about the peer, as is one of {@link
 * Scope#MODULE}; the two others are about one volume.
 */
public enum ErrorClass {
  /** The volume is tried again, behind the others. */
  RETRY_VOLUME(true, true),
  /** The volume has failed. The others go on. */
  VOLUME_FAILED(false, true),
  /** The peer is away: everybody waits for it, and then goes on. */
  WAIT_FOR_PEER(true, false),
  /** The peer will not have us, or nothing here works: the run ends. */
  END_RUN(false, false);

  private final boolean temporary;
  private final boolean ofOneVolume;

  ErrorClass(boolean temporary, boolean ofOneVolume) {
    this.temporary = temporary;
    this.ofOneVolume = ofOneVolume;
  }

  /** What is no {@link GatewayError} is a bug, and one volume's alone: no other pays for it. */
  public static ErrorClass of(Throwable error) {
    if (!(error instanceof GatewayError known)) return VOLUME_FAILED;
    return switch (known.scope()) {
      case REQUEST, RESOURCE -> isTemporary(known) ? RETRY_VOLUME : VOLUME_FAILED;
      case CONNECTION, MODULE -> isTemporary(known) ? WAIT_FOR_PEER : END_RUN;
    };
  }

  /** The least time before another try: as long as the error says. */
  public static Duration delay(Throwable error) {
    return error instanceof GatewayError known
            && known.retry() instanceof GatewayError.Retry.After(Duration delay)
        ? delay
        : Duration.ZERO;
  }

  private static boolean isTemporary(GatewayError error) {
    return switch (error.retry()) {
      case GatewayError.Retry.After _ -> true;
      case GatewayError.Retry.Never _ -> false;
    };
  }

  public boolean isTemporary() {
    return temporary;
  }

  public boolean isOfOneVolume() {
    return ofOneVolume;
  }
}
