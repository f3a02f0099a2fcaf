package dev.penstock.spi.volume;

/**
 * What one client of a {@link VolumeGate} uses: the gate's volume, and of each that follows it, as
 * the client's own ({@link OpenVolume#forClient}).
 *
 * <p><b>Lifecycle.</b> {@link #close} once the client is gone, whatever is under way.
 * <b>Threads.</b> One at a time: the client's event loop.
 *
 * @since SPI 1.0
 */
public final class GateClient {
  private final VolumeGate gate;
  private OpenVolume shared;
  private OpenVolume own;
  private boolean closed;

  public GateClient(VolumeGate gate) {
    this.gate = gate;
    this.shared = gate.volume();
    this.own = shared.forClient();
  }

  /** What to use, between entering the gate and leaving it. */
  public OpenVolume volume() {
    OpenVolume now = gate.volume();
    return now.equals(shared) || closed ? own : follow(now);
  }

  /** Nothing is under way on the one before: the gate has seen to that. */
  private OpenVolume follow(OpenVolume next) {
    letGo();
    shared = next;
    own = next.forClient();
    return own;
  }

  /** Breaks off what goes on elsewhere for the client. Harmless twice; never blocks. */
  public void close() {
    if (closed) return;
    closed = true;
    letGo();
  }

  /** The gate's own is the gate's to close. */
  private void letGo() {
    if (!own.equals(shared)) own.close();
  }
}
