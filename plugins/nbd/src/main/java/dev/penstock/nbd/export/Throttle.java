package dev.penstock.nbd.export;

import dev.penstock.nbd.config.Rates;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast the clients of an export, or of a volume, may be, all together, whichever event loops
 * they are on. Each connection holds a ticket for its next request and takes another when that has
 * gone, so they take turns, request by request.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class Throttle {
  /** So much of a second may be made up for later: less would punish clients that come in waves. */
  static final int BURSTS_A_SECOND = 10;

  /** At least so much, so that ordinary requests are not held up one by one. */
  static final long BURST_BYTES_MIN = 64 << 10;

  private final TokenBucket both;
  private final TokenBucket read;
  private final TokenBucket written;
  private final TokenBucket requests;
  private volatile boolean limiting;

  /** Tokens of one bucket that a request waits for. */
  private record Claim(TokenBucket bucket, long tokens, long number) {}

  /** A request's place in every line that it stands in. */
  public static final class Ticket {
    private final List<Claim> claims = new ArrayList<>(3);

    /** How long the request has to wait still, as things are; 0 if it may go. */
    public long waitNanos(long nowNanos) {
      long longest = 0;
      for (Claim claim : claims) {
        longest = Math.max(longest, claim.bucket.waitNanos(claim.number, nowNanos));
      }
      return longest;
    }

    /** The request does not come after all. */
    public void giveBack(long nowNanos) {
      for (Claim claim : claims) claim.bucket.giveBack(claim.number, claim.tokens, nowNanos);
    }

    private void claim(TokenBucket bucket, long tokens, long nowNanos) {
      if (tokens > 0) claims.add(new Claim(bucket, tokens, bucket.ticket(tokens, nowNanos)));
    }
  }

  public Throttle(Rates rates, long nowNanos) {
    both = new TokenBucket(nowNanos);
    read = new TokenBucket(nowNanos);
    written = new TokenBucket(nowNanos);
    requests = new TokenBucket(nowNanos);
    change(rates, nowNanos);
  }

  /** Other rates from now on, also for who waits. */
  void change(Rates rates, long nowNanos) {
    bytes(both, rates.bandwidth(), nowNanos);
    bytes(read, rates.readBandwidth(), nowNanos);
    bytes(written, rates.writeBandwidth(), nowNanos);
    requests.rate(rates.iops(), Math.max(1, rates.iops() / BURSTS_A_SECOND), nowNanos);
    limiting = !rates.equals(Rates.NONE);
  }

  private static void bytes(TokenBucket bucket, long perSecond, long nowNanos) {
    bucket.rate(perSecond, Math.max(BURST_BYTES_MIN, perSecond / BURSTS_A_SECOND), nowNanos);
  }

  /** Whether there is any limit. All that a request costs if there is none. */
  public boolean isLimiting() {
    return limiting;
  }

  /** Has a request that moves so many bytes stand in line here as well. */
  public void join(Ticket ticket, long readBytes, long writtenBytes, long nowNanos) {
    ticket.claim(both, readBytes + writtenBytes, nowNanos);
    ticket.claim(read, readBytes, nowNanos);
    ticket.claim(written, writtenBytes, nowNanos);
    ticket.claim(requests, 1, nowNanos);
  }
}
